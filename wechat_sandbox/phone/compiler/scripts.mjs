// Fourth pass: every JS, TS or JSON file that a page can reach, as CommonJS.
import * as esbuild from 'esbuild'

const REQUIRE = /\brequire\(\s*["']([^"']+)["']\s*\)/g

/** @returns {Map<string, {code: string, deps: Record<string, string>}>} by file; deps: written name → file */
export function compileScripts(project, components, { sourcemap }) {
  const modules = new Map()
  const add = (file) => {
    if (modules.has(file)) return
    if (file.endsWith('.json')) {
      modules.set(file, { code: `module.exports=${project.read(file)}`, deps: {} })
      return
    }
    const code = toCommonJs(project, file, sourcemap)
    if (code === null) return
    const deps = {}
    modules.set(file, { code, deps })
    for (const [, name] of code.matchAll(REQUIRE)) {
      const target = resolveModule(project, file, name)
      if (!target) {
        project.error(file, `require not found: ${name}`)
        continue
      }
      deps[name] = target
      add(target)
    }
  }
  for (const component of ['app', ...components.keys()]) {
    const file = project.scriptOf(component)
    if (file) add(file)
  }
  return modules
}

function toCommonJs(project, file, sourcemap) {
  try {
    return esbuild.transformSync(project.read(file), {
      loader: file.endsWith('.ts') ? 'ts' : 'js',
      format: 'cjs',
      target: 'es2020',
      sourcefile: file,
      sourcemap: sourcemap ? 'inline' : false,
      supported: { 'dynamic-import': true },
    }).code
  } catch (error) {
    project.error(file, error.message.split('\n').slice(1, 3).join(' '))
    return null
  }
}

function resolveModule(project, from, name) {
  const bases = [project.relativeTo(from, name)]
  if (!/^[./]/.test(name)) bases.push(...project.npmFolders(from).map((folder) => folder + name))
  return bases
    .flatMap((base) => ['', '.js', '.ts', '/index.js', '/index.ts', '.json'].map((end) => base + end))
    .find((file) => project.isFile(file)) || null
}
