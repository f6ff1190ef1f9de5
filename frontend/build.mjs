// Builds the browser bundles into app/static/dist with content hashes, integrity values and a manifest.
//
//   node build.mjs            one build; prints the sizes
//   node build.mjs --watch    builds again on every change, with source maps
//
// manifest.json: { files: { "app.js": { file, integrity } }, icons: ["bell", …] }; read by app/support/web/assets.py.
// The manifest is written last and old files are removed after it, so that a running server never meets a half build.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import * as esbuild from 'esbuild';
import { englishTexts } from './english.mjs';
import { formTexts } from './texts.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const outdir = path.resolve(here, '../app/static/dist');
const watching = process.argv.includes('--watch');

const options = {
  absWorkingDir: here,
  entryPoints: {
    app: 'src/app/index.js',
    form: 'src/form/index.js',
    diagram: 'src/diagram/index.js',
    charts: 'src/charts/index.js',
  },
  outdir,
  entryNames: '[name]-[hash]',
  assetNames: '[name]-[hash]',
  bundle: true,
  format: 'iife',
  target: ['es2022', 'chrome110', 'safari16', 'firefox115'],
  minify: true,
  sourcemap: watching,
  legalComments: 'linked',
  metafile: true,
  logLevel: 'warning',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  define: { 'process.env.NODE_ENV': '"production"' },
};
const chinese = { ...options, plugins: [formTexts('zh')] };
const english = { ...options, entryNames: '[name].en-[hash]', plugins: [formTexts('en'), englishTexts()] };

fs.mkdirSync(outdir, { recursive: true });
if (watching) {
  const made = { name: 'manifest', setup: (build) => build.onEnd((result) => result.errors.length || finish([result])) };
  await (await esbuild.context({ ...chinese, plugins: [...chinese.plugins, made] })).watch();
} else {
  try {
    finish([await esbuild.build(chinese), await esbuild.build(english)]);
  } catch {
    process.exit(1); // esbuild has already printed what is wrong
  }
}

/** Write the icon sprite and the manifest of successful builds, then drop what no build refers to any more. */
function finish(results) {
  const files = {};
  const outputs = results.flatMap((result) => Object.keys(result.metafile.outputs));
  const built = outputs.map((name) => path.basename(name)).filter((name) => !/\.en-[A-Z0-9]{8}\.css$/.test(name));
  for (const file of built.filter((name) => /\.(js|css)$/.test(name))) {
    files[file.replace(/-[A-Z0-9]{8}(?=\.)/, '')] = describe(file);
  }
  const icons = JSON.parse(fs.readFileSync(path.join(here, 'src/icons.json'), 'utf8'));
  const sprite = writeSprite(icons);
  files['icons.svg'] = describe(sprite);

  const manifest = JSON.stringify({ files, icons }, null, 2);
  fs.writeFileSync(path.join(outdir, 'manifest.json.new'), manifest);
  fs.renameSync(path.join(outdir, 'manifest.json.new'), path.join(outdir, 'manifest.json'));
  const keep = new Set([...built, sprite, 'manifest.json']);
  for (const file of fs.readdirSync(outdir)) if (!keep.has(file)) fs.rmSync(path.join(outdir, file));
  report(files);
}

function describe(file) {
  const bytes = fs.readFileSync(path.join(outdir, file));
  return { file, integrity: `sha384-${createHash('sha384').update(bytes).digest('base64')}` };
}

/** One SVG file with a <symbol> for every icon named in src/icons.json; an unknown name stops the build. */
function writeSprite(names) {
  const symbols = names.map((name) => {
    const svg = fs.readFileSync(path.join(here, `node_modules/bootstrap-icons/icons/${name}.svg`), 'utf8');
    const body = svg.slice(svg.indexOf('>') + 1, svg.lastIndexOf('</svg>')).replace(/\s*\n\s*/g, '');
    return `<symbol id="${name}" viewBox="0 0 16 16">${body}</symbol>`;
  });
  const sprite = `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join('')}</svg>`;
  const hash = createHash('sha256').update(sprite).digest('hex').slice(0, 8).toUpperCase();
  fs.writeFileSync(path.join(outdir, `icons-${hash}.svg`), sprite);
  return `icons-${hash}.svg`;
}

function report(files) {
  for (const [name, { file }] of Object.entries(files)) {
    const bytes = fs.readFileSync(path.join(outdir, file));
    const kb = (size) => `${(size / 1024).toFixed(0)} KB`.padStart(8);
    console.log(`${name.padEnd(14)}${kb(bytes.length)}${kb(gzipSync(bytes).length)} gzip`);
  }
}
