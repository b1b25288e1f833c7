// Last pass: write the static site. Nothing in it is loaded from elsewhere.
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import * as esbuild from 'esbuild'
import { BUILTIN_TAGS } from './builtin_tags.mjs'

const PHONE = fileURLToPath(new URL('..', import.meta.url))
const STYLES = ['shell.css', 'components.css', 'overlays.css']
const ASSET = /\.(png|jpe?g|gif|svg|webp|mp3|mp4|ttf|woff2?)$/i

/** What a mini-program's file sees; the browser's own globals are hidden by parameters that stay undefined. */
const MODULE_PARAMETERS = [
  'require', 'module', 'exports', 'App', 'Page', 'Component', 'Behavior', 'getApp', 'getCurrentPages', 'wx', 'global',
  'window', 'document', 'self', 'localStorage', 'XMLHttpRequest', 'fetch', 'alert', 'location', 'navigator',
].join(',')

/** WXS knows these; they cannot be modules because compiled templates look them up on `window`. */
const WXS_GLOBALS = `
window.getRegExp=function(p,f){return new RegExp(p,f)};
window.getDate=function(){return arguments.length?new (Function.prototype.bind.apply(Date,[null].concat([].slice.call(arguments)))):new Date()};
window.__wxsCtor=function(x){return x==null?undefined:Object.prototype.toString.call(x).slice(8,-1)};`

/** The compiled mini-program as one script that fills `window.__MPWEB__`. */
export function appScript({ meta, css, templates, builtinTemplates, modules }) {
  const entries = [...modules].map(([file, { code, deps }]) =>
    `${JSON.stringify(file)}:[function(${MODULE_PARAMETERS}){${code}\n//# sourceURL=mp:///${file}\n},${JSON.stringify(deps)}]`)
  return `(function(){var MP=window.__MPWEB__={};${WXS_GLOBALS}
MP.meta=${JSON.stringify(meta)};
MP.css=${JSON.stringify(css)};
MP.templates=${templates};
MP.builtinTemplates=${builtinTemplates};
MP.mods={${entries.join(',\n')}};
})();`
}

/** The engine and our host around it, bundled. */
export async function runtimeScript({ minify }) {
  const result = await esbuild.build({
    entryPoints: [path.join(PHONE, 'runtime', 'main.js')],
    bundle: true,
    format: 'iife',
    target: 'es2022',
    minify,
    write: false,
    logLevel: 'silent',
    define: { 'process.env.NODE_ENV': '"production"', BUILTIN_TAGS: JSON.stringify(BUILTIN_TAGS) },
    nodePaths: [path.join(PHONE, '..', '..', 'node_modules')],
  })
  return result.outputFiles[0].text
}

/** Writes index.html with its parts, and single.html (everything in one file) when asked. */
export function writeSite(project, out, { script, runtime, single }) {
  const styles = STYLES.map((file) => fs.readFileSync(path.join(PHONE, 'styles', file), 'utf8')).join('\n')
  const title = project.app.window?.navigationBarTitleText || 'mini-program'
  fs.rmSync(out, { recursive: true, force: true })
  fs.mkdirSync(out, { recursive: true })
  const write = (file, text) => fs.writeFileSync(path.join(out, file), text)
  write('app.js', script)
  write('runtime.js', runtime)
  write('phone.css', styles)
  write('index.html', page(title, '<link rel="stylesheet" href="phone.css">',
    '<script src="app.js"></script><script src="runtime.js"></script>'))
  if (single) {
    write('single.html', page(title, `<style>${styles}</style>`,
      [script, runtime].map((text) => `<script>${text.replace(/<\/script/g, '<\\/script')}</script>`).join('')))
  }
  for (const file of project.files((name) => ASSET.test(name))) {
    fs.mkdirSync(path.dirname(path.join(out, file)), { recursive: true })
    fs.copyFileSync(project.absolute(file), path.join(out, file))
  }
}

const page = (title, head, scripts) => `<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1,viewport-fit=cover">
<title>${title}</title><link rel="icon" href="data:,">${head}</head>
<body><div id="mp-root"></div>
${scripts}</body></html>
`
