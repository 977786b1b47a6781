// Bundles what the pages load: the desk’s script, those of pages for customers, a style sheet, and the style sheet of
// customers' HTML.
import { build } from "esbuild";

await build({
  entryPoints: ["src/app.ts", "src/chat.ts", "src/help.ts", "src/app.css", "src/mail.css"],
  bundle: true,
  minify: true,
  format: "esm",
  target: ["es2022"],
  outdir: "dist",
  legalComments: "none",
  logLevel: "warning",
});
