// Runs the mini-program's files: App, Page, Component, Behavior, require, getApp.
import { MP } from './config.js'
import { backend, codeSpace } from './engine.js'
import { report } from './errors.js'
import { getCurrentPages } from './pages.js'
import { wx } from './wx_object.js'

const STRING_BEHAVIORS = {
  'wx://form-field': codeSpace.behavior().property('name', String).property('value', null).register(),
  'wx://form-field-group': codeSpace.behavior().register(),
  'wx://form-field-button': codeSpace.behavior().register(),
  'wx://component-export': codeSpace.behavior().register(),
}

const loaded = new Map()
const definedComponents = new Set()
const globalObject = {}
const appInstance = {} // getApp() before App() ran must give the object that App() fills

/** The page or component whose file is running: a shared function may call Component() for it. */
let currentComponent = null

const components = Object.entries(MP.meta.comps)
const componentOfScript = new Map(components.filter(([, { js }]) => js).map(([path, { js }]) => [js, path]))

export const getApp = () => appInstance

function App(definition) {
  Object.assign(appInstance, definition)
  for (const [name, value] of Object.entries(definition)) {
    if (typeof value === 'function') appInstance[name] = value.bind(appInstance)
  }
}

/** The engine crashes on behaviours given by name. */
function withRealBehaviors(definition) {
  if (!definition?.behaviors) return definition
  const real = definition.behaviors.map((behavior) => {
    if (typeof behavior !== 'string') return behavior
    if (!STRING_BEHAVIORS[behavior]) console.warn(`[mpweb] unknown behavior ${behavior}`)
    return STRING_BEHAVIORS[behavior]
  })
  return Object.assign(definition, { behaviors: real.filter(Boolean) })
}

function register(kind, path, definition) {
  let result
  codeSpace.componentEnv(path, (environment) => { result = environment[kind](withRealBehaviors(definition)) })
  return result
}

const definer = (kind) => (definition) => {
  if (currentComponent == null) throw new Error(`${kind}() called outside of a page/component file`)
  definedComponents.add(currentComponent)
  return register(kind, currentComponent, definition)
}

const Page = definer('Page')
const Component = definer('Component')
const Behavior = (definition) => register('Behavior', currentComponent || '', definition)
Behavior.trait = (...args) => codeSpace.traitBehavior(...args)

function load(file) {
  if (loaded.has(file)) return loaded.get(file).exports
  const module = { exports: {} }
  loaded.set(file, module)
  const [run, dependencies] = MP.mods[file]
  const require = (name) => {
    if (!dependencies[name]) throw new Error(`module '${name}' is not defined, require args is '${name}' (in ${file})`)
    return load(dependencies[name])
  }
  require.async = async (name) => require(name)
  const outer = currentComponent
  currentComponent = componentOfScript.get(file) ?? currentComponent
  try {
    run.call(module.exports, require, module, module.exports, App, Page, Component, Behavior,
      getApp, getCurrentPages, wx, globalObject)
  } finally {
    currentComponent = outer
  }
  return module.exports
}

function registerTemplatesAndStyles() {
  for (const [path, { json, hasCss, scope }] of components) {
    codeSpace.addComponentStaticConfig(path, json)
    codeSpace.addCompiledTemplate(path, { groupList: MP.templates, content: MP.templates[path] })
    if (hasCss) {
      codeSpace.addStyleSheet(path, path, scope)
      backend.registerStyleSheetContent(path, MP.css[path])
    } else if (scope) codeSpace.addStyleSheet(path, undefined, scope)
  }
  backend.registerStyleSheetContent('app', MP.css.app)
  codeSpace.addStyleSheet('app', 'app')
}

function loadComponent(path, { js, isPage }) {
  try {
    if (js) load(js)
  } catch (error) {
    report(`[mpweb] error in ${js}`, error)
  }
  if (definedComponents.has(path)) return
  if (js) console.warn(`[mpweb] ${js} defines no ${isPage ? 'Page' : 'Component'}`)
  register(isPage ? 'Page' : 'Component', path, {})
}

/** Runs app.js, then the file of every page and component. */
export function loadAll() {
  registerTemplatesAndStyles()
  if (MP.meta.appJs) load(MP.meta.appJs)
  for (const [path, component] of components) loadComponent(path, component)
}
