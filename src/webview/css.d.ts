/** Style sheets, which esbuild gathers beside the script. */
declare module "*.css";
