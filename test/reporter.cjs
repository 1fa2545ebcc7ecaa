// Mocha's spec reporter, which also writes the totals to the file GPTW_TEST_RESULTS, once everything has run.
const { writeFileSync } = require("node:fs");
const Mocha = require("mocha");

class Reporter extends Mocha.reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    runner.once("end", () => {
      const { passes, failures, pending } = runner.stats;
      const totals = { done: true, passed: passes, failed: failures, skipped: pending };
      if (process.env.GPTW_TEST_RESULTS) writeFileSync(process.env.GPTW_TEST_RESULTS, JSON.stringify(totals));
    });
  }
}

module.exports = Reporter;
