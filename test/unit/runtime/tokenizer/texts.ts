/** Texts that are hard on a tokenizer, and arbitraries of more. */
import fc from "fast-check";

/** By what is hard about them. */
export const hardTexts: Readonly<Record<string, string>> = {
  empty: "",
  "one letter": "a",
  English: "It's the year's end: they're here, we've won, I'm glad, you'll see, he'd go, don't.",
  code: "export const f = (x: number) => {\n\treturn x ** 2; // 100%\n};\n\n\n",
  German: "Grüße aus Köln – „schön“, straßenweise.",
  Greek: "Ἀρχὴ σοφίας ὀνομάτων ἐπίσκεψις",
  Russian: "Съешь же ещё этих мягких французских булок",
  Chinese: "天地玄黃,宇宙洪荒。",
  Japanese: "吾輩は猫である。名前はまだ無い。",
  Korean: "다람쥐 헌 쳇바퀴에 타고파",
  Arabic: "نص حكيم له سر قاطع وذو شأن عظيم",
  Hebrew: "דג סקרן שט בים מאוכזב",
  Hindi: "ऋषियों को सताने वाले दुष्ट राक्षसों के राजा",
  Thai: "เป็นมนุษย์สุดประเสริฐเลิศคุณค่า",
  emoji: "😀😃 ok 👍🏽 done 🎉🎉",
  "joined emoji": "family 👩‍👩‍👧‍👦 and flag 🏳️‍🌈, keycap 1️⃣, 🇩🇪",
  "combining marks": "e\u0301 a\u0308\u0304 Z\u0351\u036b\u0343",
  "beyond the basic plane": "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𐍈 𠜎",
  "line ends": "a\r\nb\nc\rd\r\n\r\n",
  tabs: "\ta\t\tb \t c\t",
  spaces: "  two   three    four ",
  "other white space": "a\u00a0b\u2003c\u3000d\u0085e\u2028f\ufeffg\u200bh\u1680",
  controls: "\u0000\u0001\u001b[31mred\u001b[0m\u007f\u009f",
  "byte order mark": "\ufeffusing System;",
  "lone high surrogate": "a\ud800b",
  "lone low surrogate": "\udc00",
  "surrogates the wrong way round": "x\udc00\ud800y",
  "replacement character": "a\ufffdb",
  "special token": "one<|endoftext|>two <|endoftext|>",
  apostrophes: "'s 's'S '' ''s 'll'll 're 'REd",
  digits: "3.14159 1,000,000 ² ½ Ⅷ ٣",
  quotes: '"\\"`´',
};

/** Any text at all, lone surrogates too. */
export const anyText = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({ unit: "grapheme" }),
  fc.array(fc.nat(0xffff), { maxLength: 20 }).map((units) => String.fromCharCode(...units)),
  fc
    .array(fc.constantFrom(...Object.values(hardTexts), " ", "\n", "\r\n", "the ", "the", "'", "\ud83d", "\ude00"), {
      maxLength: 6,
    })
    .map((parts) => parts.join("")),
);
