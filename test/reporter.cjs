// Mocha's spec reporter, which also tells why a test was tried again, and writes the totals and what failed to the
// file GPTW_TEST_RESULTS, once everything has run.
const { writeFileSync } = require("node:fs");
const Mocha = require("mocha");

class Reporter extends Mocha.reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    // What a second try hides is worth reading when that one fails too.
    runner.on("retry", ({ title }, error) => console.log(`    tried again: ${title}: ${error.stack ?? error}`));
    const failed = [];
    runner.on("fail", (test, error) => failed.push(`${test.fullTitle()}: ${error.stack ?? error}`));
    runner.once("end", () => {
      const { passes, failures, pending } = runner.stats;
      const totals = { done: true, passed: passes, failed: failures, skipped: pending, messages: failed };
      if (process.env.GPTW_TEST_RESULTS) writeFileSync(process.env.GPTW_TEST_RESULTS, JSON.stringify(totals));
    });
  }
}

module.exports = Reporter;
