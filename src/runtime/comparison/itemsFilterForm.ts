/** Which items of test are asked for: the form of it in requests and in what the page tells. Pure. */
import * as z from "zod";

const number = z.int().min(0);

/** Keys of an `ItemsFilter`, and of the page of items. */
export const itemsFilterForm = {
  differ: z.object({ right: number, wrong: number }).exactOptional(),
  only: z.array(number).max(1_000_000).exactOptional(),
  wrong: number.exactOptional(),
  cell: z.object({ arm: number, label: number, answer: number }).exactOptional(),
  bin: z.object({ arm: number, from: z.number(), to: z.number() }).exactOptional(),
  from: number,
  count: z.int().min(1).max(10_000),
};
