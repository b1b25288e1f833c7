// Compiles a native WeChat mini-program folder into a static site that runs in a desktop browser.
// node wechat_sandbox/phone/build.mjs <mini-program folder> <output folder> [--single] [--prod] [--no-minify] [--sourcemap] [--force]
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { collectComponents } from './compiler/components.mjs'
import { appScript, runtimeScript, writeSite } from './compiler/emit.mjs'
import { Project } from './compiler/project.mjs'
import { compileScripts } from './compiler/scripts.mjs'
import { isFresh, sourceHash, writeStamp } from './compiler/stamp.mjs'
import { compileStyles } from './compiler/styles.mjs'
import { compileBuiltinTemplates, compileTemplates } from './compiler/templates.mjs'

/**
 * Compile one mini-program.
 * @returns counts and `problems`; with an error among them the site is written all the same, to look at.
 */
export async function build(root, out, { single = false, development = true, minify = true, sourcemap = false } = {}) {
  const project = new Project(root)
  const components = collectComponents(project)
  const templates = compileTemplates(project, components, { development })
  const { css, scopes } = compileStyles(project, components)
  const modules = compileScripts(project, components, { sourcemap })
  const script = appScript({
    meta: describe(project, components, css, scopes),
    css,
    templates: templates.code,
    builtinTemplates: compileBuiltinTemplates(),
    modules,
  })
  writeSite(project, out, { script, runtime: await runtimeScript({ minify }), single })
  return {
    problems: project.problems,
    pages: project.pages.length,
    components: components.size - project.pages.length,
    templates: templates.count,
    modules: modules.size,
  }
}

/** What the runtime must know of app.json and of each component's JSON. */
function describe(project, components, css, scopes) {
  const comps = {}
  for (const [component, { json, isPage, using }] of components) {
    comps[component] = {
      json: { ...json, component: isPage ? undefined : true, usingComponents: using },
      isPage,
      scope: scopes.get(component),
      js: project.scriptOf(component),
      hasCss: component in css,
    }
  }
  return { app: project.app, pages: project.pages, comps, appJs: project.scriptOf('app') }
}

async function main(args) {
  const flags = new Set(args.filter((arg) => arg.startsWith('--')))
  const [root, out] = args.filter((arg) => !arg.startsWith('--')).map((arg) => path.resolve(arg))
  if (!root || !out || !fs.existsSync(path.join(root, 'app.json'))) {
    console.error('usage: node build.mjs <folder with app.json> <output folder> [--single] [--prod] [--no-minify] [--sourcemap] [--force]')
    return 2
  }
  const options = {
    single: flags.has('--single'),
    development: !flags.has('--prod'),
    minify: !flags.has('--no-minify'),
    sourcemap: flags.has('--sourcemap'),
  }
  const started = performance.now()
  const hash = sourceHash(root, options)
  if (!flags.has('--force') && isFresh(out, hash)) {
    console.log('phone: unchanged, nothing to build')
    return 0
  }
  const result = await build(root, out, options)
  for (const { isError, where, message } of result.problems) console.error(`${isError ? 'ERROR' : 'warn '} ${where}: ${message}`)
  const { pages, components, templates, modules, problems } = result
  const spent = Math.round(performance.now() - started)
  console.log(`phone: pages=${pages} components=${components} templates=${templates} js=${modules} problems=${problems.length} in ${spent} ms`)
  if (problems.some((problem) => problem.isError)) return 1
  writeStamp(out, hash)
  return 0
}

if (process.argv[1] && path.resolve(process.argv[1]) === fileURLToPath(import.meta.url)) process.exit(await main(process.argv.slice(2)))
