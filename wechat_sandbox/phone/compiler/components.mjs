// First pass: from the pages in app.json to every component they use.

/** @returns {Map<string, {json: object, isPage: boolean, using: object}>} by path without extension */
export function collectComponents(project) {
  const found = new Map()
  const visit = (component, isPage) => visitComponent(project, found, visit, component, isPage)
  for (const page of project.pages) {
    if (!project.exists(`${page}.wxml`) || !project.scriptOf(page)) project.error('app.json', `page files missing: ${page}`)
    else visit(page, true)
  }
  if (project.app.tabBar?.custom && project.exists('custom-tab-bar/index.json')) visit('custom-tab-bar/index', false)
  return found
}

function visitComponent(project, found, visit, component, isPage) {
  if (found.has(component)) return
  const json = project.exists(`${component}.json`) ? project.readJson(`${component}.json`) : {}
  const entry = { json, isPage, using: {} }
  found.set(component, entry)
  readStyleOptions(project, component, json)
  if (!isPage && !json.component) project.warn(`${component}.json`, '"component": true missing')
  for (const [tag, target] of Object.entries(usedComponents(project, component, json))) {
    entry.using[tag] = `/${target}`
    visit(target, false)
  }
  for (const generic of Object.values(json.componentGenerics || {})) {
    const target = generic?.default && resolveComponent(project, component, generic.default)
    if (!target) continue
    generic.default = `/${target}`
    visit(target, false)
  }
}

/** Style isolation may also stand in the options of the JS file; the compiler must know it either way. */
function readStyleOptions(project, component, json) {
  const script = project.scriptOf(component)
  if (json.styleIsolation !== undefined || !script) return
  const source = project.read(script)
  const named = /styleIsolation['"]?\s*[:=]\s*['"]([\w-]+)['"]/.exec(source)
  if (named) json.styleIsolation = named[1]
  else if (/addGlobalClass['"]?\s*:\s*(true|!0)/.test(source)) json.addGlobalClass = true
}

/** Tag → component path; a page's own entry hides the one of app.json. */
function usedComponents(project, from, json) {
  const own = json.usingComponents || {}
  const resolved = {}
  for (const [tag, target] of Object.entries({ ...(project.app.usingComponents || {}), ...own })) {
    const found = resolveComponent(project, own[tag] ? from : 'app', target)
    if (found) resolved[tag] = found
  }
  return resolved
}

function resolveComponent(project, from, target) {
  if (/^plugin(-private)?:\/\//.test(target)) {
    project.warn(`${from}.json`, `plugin component not supported: ${target}`)
    return null
  }
  const candidates = [project.relativeTo(from, target)]
  if (!/^[./]/.test(target)) candidates.push(...project.npmFolders(from).map((folder) => folder + target))
  const paths = candidates.flatMap((candidate) => [candidate, `${candidate}/index`])
  const found = paths.find((candidate) => project.exists(`${candidate}.json`))
  if (!found) project.error(`${from}.json`, `component not found: ${target}`)
  return found || null
}
