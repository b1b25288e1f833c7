// Second pass: WXML and WXS, through the engine's own template compiler.
import { createRequire } from 'node:module'
import path from 'node:path'

const { TmplGroup } = createRequire(import.meta.url)('glass-easel-template-compiler')

/** The compiler reports a missing end tag as a warning only; for us it is a mistake in the page. */
const MISSING_END_TAG = 65543

/** In WXS `x.constructor` is the type's name as a string, in JavaScript it is a function. */
const withWxsConstructor = (code) =>
  code.replace(/([\w$][\w$.]*(?:\[[^\]]*\])?)\.constructor\b/g, '__wxsCtor($1)')

/** @returns {{code: string, count: number}} an object literal of all templates, and how many there are */
export function compileTemplates(project, components, { development }) {
  const group = development ? TmplGroup.newDev() : new TmplGroup()
  const templates = new Set()
  const scripts = new Set()

  const addScript = (script) => {
    if (scripts.has(script)) return
    scripts.add(script)
    const file = project.exists(script) ? script : `${script}.wxs`
    if (!project.exists(file)) return void project.error(file, 'wxs missing')
    const code = withWxsConstructor(project.read(file))
    // pages refer to it without its extension, require() inside WXS with it
    group.addScript(script, code)
    group.addScript(`${script}.wxs`, code)
    for (const match of code.matchAll(/require\(\s*['"]([^'"]+)['"]\s*\)/g)) {
      addScript(path.posix.join(path.posix.dirname(script), match[1]).replace(/\.wxs$/, ''))
    }
  }

  const addTemplate = (template) => {
    if (templates.has(template)) return
    templates.add(template)
    if (!project.exists(`${template}.wxml`)) return void project.error(`${template}.wxml`, 'missing')
    for (const finding of group.addTmpl(template, project.read(`${template}.wxml`)) || []) {
      const where = `${finding.path}.wxml:${finding.startLine + 1}:${finding.startColumn + 1}`
      if (finding.isError || finding.code === MISSING_END_TAG) project.error(where, finding.message)
      else project.warn(where, finding.message)
    }
    group.getDirectDependencies(template).forEach(addTemplate)
    group.getScriptDependencies(template).forEach(addScript)
    for (const module of group.getInlineScriptModuleNames(template)) {
      group.setInlineScript(template, module, withWxsConstructor(group.getInlineScript(template, module)))
    }
  }

  for (const component of components.keys()) addTemplate(component)
  const code = group.getTmplGenObjectGroups()
  group.free()
  return { code, count: templates.size }
}

/** Templates of the runtime's own components, as a JavaScript expression. */
export function compileBuiltinTemplates() {
  const group = new TmplGroup()
  group.addTmpl('swiper', '<div class="mp-track"><slot /></div>')
  const code = group.getTmplGenObjectGroups()
  group.free()
  return `(function(){var G=${code};return {swiper:{groupList:G,content:G['swiper']}}})()`
}
