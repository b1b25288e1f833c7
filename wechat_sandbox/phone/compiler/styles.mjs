// Third pass: WXSS to CSS. Pages and isolated components must not see each other's rules.
import postcss from 'postcss'
import selectorParser from 'postcss-selector-parser'
import { BUILTIN_TAGS } from './builtin_tags.mjs'

const builtinTags = new Set(BUILTIN_TAGS)
const IMPORT = /@import\s+(?:url\()?\s*['"]([^'"]+)['"]\s*\)?\s*;?/g
const LOCAL_URL = /url\(\s*['"]?(?!data:|https?:|\/\/)([^'")]+)['"]?\s*\)/g

/** @returns {{css: Record<string, string>, scopes: Map<string, string>}} CSS by component; class prefixes */
export function compileStyles(project, components) {
  const css = { app: project.exists('app.wxss') ? compileSheet(project, 'app.wxss', {}) : '' }
  const scopes = new Map()
  for (const [component, entry] of components) {
    if (isIsolated(entry)) scopes.set(component, `c${scopes.size.toString(36)}`)
    const sheet = `${component}.wxss`
    if (!project.exists(sheet)) continue
    css[component] = compileSheet(project, sheet, { scope: scopes.get(component), page: entry.isPage ? component : null })
  }
  return { css, scopes }
}

const isIsolated = ({ isPage, json }) => !isPage && !['shared', 'page-shared'].includes(json.styleIsolation)

function compileSheet(project, sheet, { scope, page }) {
  const tree = postcss.parse(withImports(project, sheet, []), { from: sheet })
  tree.walkDecls((declaration) => {
    declaration.value = declaration.value.replace(/(-?(?:\d*\.)?\d+)rpx\b/g, 'calc($1 * var(--rpx))')
    for (const match of declaration.value.matchAll(LOCAL_URL)) {
      project.warn(sheet, `local url() in wxss is not allowed by WeChat: ${match[1]}`)
    }
  })
  tree.walkAtRules((rule) => {
    // var() does not work in a media query: take the 375 px wide phone
    rule.params = rule.params.replace(/([\d.]+)rpx/g, (_, number) => `${number / 2}px`)
  })
  tree.walkRules((rule) => {
    if (rule.parent?.type === 'atrule' && /keyframes/.test(rule.parent.name)) return
    rule.selector = selectorParser((selectors) => selectors.each((selector) => {
      renameTags(selector)
      if (scope) addScope(selector, scope)
      if (page) limitToPage(selector, page)
    })).processSync(rule.selector)
  })
  return tree.toString()
}

function withImports(project, file, stack) {
  if (stack.includes(file)) return ''
  if (!project.exists(file)) {
    project.error(stack.at(-1) || file, `wxss @import missing: ${file}`)
    return ''
  }
  return project.read(file).replace(IMPORT, (_, target) =>
    withImports(project, project.relativeTo(file, target), [...stack, file]))
}

function renameTags(selector) {
  selector.walkTags((tag) => {
    const name = tag.value.toLowerCase()
    if (name === 'page') tag.value = 'wx-page'
    else if (builtinTags.has(name)) tag.value = `wx-${name}`
  })
}

/** The engine prefixes an isolated component's classes in the same way when it renders. */
function addScope(selector, scope) {
  selector.walkClasses((node) => { node.value = `${scope}--${node.value}` })
  selector.walkPseudos((node) => {
    if (node.value !== ':host') return
    node.replaceWith(selectorParser.attribute({
      attribute: 'wx-host', operator: '=', value: scope, quoteMark: '"', raws: {},
    }))
  })
}

/** `:where` adds no weight, so a page's rule still competes with app.wxss as it does in WeChat. */
function limitToPage(selector, page) {
  if (!selector.some((node) => node.type === 'tag' && node.value === 'wx-page')) {
    selector.prepend(selectorParser.string({ value: `:where(wx-page[is="${page}"]) ` }))
    return
  }
  selector.walkTags((tag) => {
    if (tag.value === 'wx-page') tag.value = `wx-page:where([is="${page}"])`
  })
}
