/** Names of files, tasks and columns that are made of what people wrote. Pure. */

/** `text` as a name that file systems and other programs take: small letters, digits and `_`. */
export function slug(text: string): string {
  const plain = text
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^_+|_+$/g, "");
  return plain.slice(0, 60) || "prompt";
}

/** `wanted`, or with a number behind it when it is taken; then it is taken too. */
export function freeName(wanted: string, taken: Set<string>): string {
  for (let n = 1; ; n++) {
    const name = n === 1 ? wanted : `${wanted}_${n}`;
    if (taken.has(name)) continue;
    taken.add(name);
    return name;
  }
}

/**
 * Columns of values, each under a name of its own; equal columns are one.
 * @param wanted the first one's name.
 */
export function columnNames(columns: readonly (readonly unknown[])[], wanted: string, taken: Set<string>): string[] {
  const known = new Map<string, string>();
  return columns.map((column) => {
    const key = JSON.stringify(column);
    const name = known.get(key) ?? freeName(wanted, taken);
    known.set(key, name);
    return name;
  });
}
