/** The version of this program: package.json's, which esbuild puts here. */
declare const GPTW_VERSION: string | undefined;

/** `development` when run from source. */
export const version = typeof GPTW_VERSION === "string" ? GPTW_VERSION : "development";
