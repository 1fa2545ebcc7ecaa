/** What a report's numbers link to, by the numbers of arms, pairs and items in it. */
export const anchors = {
  /** An arm's own section. */
  arm: (arm: number) => `arm-${arm}`,
  /** Items that most of an arm's seeds get wrong. */
  wrong: (arm: number) => `arm-${arm}-wrong`,
  /** Items of one label that an arm gave one answer to. */
  cell: (arm: number, label: number, answer: number) => `arm-${arm}-cell-${label}-${answer}`,
  /** Items that only one arm of a pair gets right. */
  only: (pair: number, which: "first" | "second") => `pair-${pair}-${which}`,
  /** Items of a slice. */
  slice: (slice: number) => `slice-${slice}`,
  /** An item with its answers. */
  item: (item: number) => `item-${item}`,
} as const;
