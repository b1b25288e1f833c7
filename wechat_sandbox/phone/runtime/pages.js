// The page stack: creating, showing, hiding and destroying pages, and wx.navigateTo with its sisters.
import { api } from './callbacks.js'
import { channelPair } from './channels.js'
import { MP, app, tabs } from './config.js'
import { backend, codeSpace } from './engine.js'
import { report } from './errors.js'
import { paintBars, pagesBox, setCurrentPage } from './shell.js'

const MAX_PAGES = 10

let stack = []
const tabPages = new Map() // pages of the tab bar stay alive while hidden

export const topPage = () => stack[stack.length - 1]
export const getCurrentPages = () => stack.map((page) => page.caller)
export const isKnownPage = (route) => Boolean(MP.meta.comps[route])
setCurrentPage(topPage)

/** `a/b?x=1` → path, query as an object, query as text. */
export function parseUrl(url) {
  const [path, queryText = ''] = url.split('?')
  const query = {}
  for (const pair of queryText.split('&').filter(Boolean)) {
    const at = pair.indexOf('=')
    const name = decodeURIComponent(at < 0 ? pair : pair.slice(0, at))
    query[name] = at < 0 ? '' : decodeURIComponent(pair.slice(at + 1))
  }
  return { path, query, queryText }
}

/** As parseUrl, the path seen from the root; a relative one counts from the current page. */
function resolveUrl(url) {
  const { path, query, queryText } = parseUrl(url)
  if (path.startsWith('/')) return { route: path.slice(1), query, queryText }
  const parts = (topPage()?.route || '').split('/').slice(0, -1)
  for (const part of path.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '.') parts.push(part)
  }
  return { route: parts.join('/'), query, queryText }
}

const isTab = (route) => tabs.some((tab) => tab.pagePath === route)

/** Calls a page's own function and the pageLifetimes of its components; an error in it must not stop the host. */
export function callPage(page, name, pageLifetime, ...args) {
  try {
    page.caller[name]?.(...args)
  } catch (error) {
    report(`[page ${page.route} ${name}]`, error)
  }
  if (pageLifetime) page.root.getComponent().triggerPageLifetime(pageLifetime, [])
}

function createPage({ route, query, queryText }, channel) {
  if (!isKnownPage(route)) throw new Error(`page "${route}" is not found`)
  const element = document.createElement('wx-page')
  const placeholder = document.createElement('i')
  element.setAttribute('is', route)
  element.append(placeholder)
  pagesBox.append(element)
  const conf = { ...(app.window || {}), ...(MP.meta.comps[route].json || {}) }
  if (conf.backgroundColorContent) element.style.backgroundColor = conf.backgroundColorContent
  const root = backend.createRoot('mp-root-page', codeSpace, `/${route}${queryText ? `?${queryText}` : ''}`)
  const caller = root.get()
  Object.assign(caller, { route, __route__: route, options: query })
  caller.getOpenerEventChannel = () => channel || channelPair()[0]
  const page = { route, options: query, root, caller, element, title: conf.navigationBarTitleText || '', conf }
  element.__page = page
  root.attach(element, placeholder)
  callPage(page, 'onLoad', null, query)
  return page
}

function destroyPage(page) {
  callPage(page, 'onUnload')
  // an answer may still come in after the page is gone: its setData must do nothing
  page.caller.setData = (_data, callback) => { if (callback) setTimeout(callback) }
  page.root.release()
  page.element.remove()
  if (tabPages.get(page.route) === page) tabPages.delete(page.route)
}

/** Brings the screen in line with the stack. */
export function paint() {
  const page = topPage()
  if (!page) return
  for (const element of pagesBox.children) element.classList.toggle('mp-active', element === page.element)
  paintBars(page, stack.length)
  const query = Object.entries(page.options).map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&')
  try {
    history.replaceState(null, '', `#/${page.route}${query ? `?${query}` : ''}`)
  } catch {
    // a page opened from a file or inside srcdoc may not change its address
  }
}

function showPage(page) {
  paint()
  callPage(page, 'onShow', 'show')
  if (page.ready) return
  page.ready = true
  requestAnimationFrame(() => { if (page.element.isConnected) callPage(page, 'onReady') })
}

const hidePage = (page) => page && callPage(page, 'onHide', 'hide')

/** The whole mini-program goes to the background or comes back. */
export function setForeground(visible) {
  const page = topPage()
  if (page) callPage(page, visible ? 'onShow' : 'onHide', visible ? 'show' : 'hide')
}

const routeApi = (name, work) => api(name, (options) => {
  const target = resolveUrl(options.url || '')
  if (!isKnownPage(target.route)) throw { errMsg: `page "${target.route}" is not found` }
  return work(target, options)
})

function navigateTo(target, options) {
  if (isTab(target.route)) throw { errMsg: 'can not navigateTo a tabbar page' }
  if (stack.length >= MAX_PAGES) throw { errMsg: 'webview count limit exceed' }
  hidePage(topPage())
  const [opener, opened] = channelPair()
  for (const [name, listener] of Object.entries(options.events || {})) opener.on(name, listener)
  const page = createPage(target, opened)
  stack.push(page)
  showPage(page)
  return { eventChannel: opener }
}

function redirectTo(target) {
  if (isTab(target.route)) throw { errMsg: 'can not redirectTo a tabbar page' }
  destroyPage(stack.pop())
  const page = createPage(target)
  stack.push(page)
  showPage(page)
}

function switchTab(target) {
  if (!isTab(target.route)) throw { errMsg: 'can not switch to no-tabBar page' }
  const current = topPage()
  if (current?.route === target.route) return
  if (current && isTab(current.route)) hidePage(current)
  for (const page of stack.slice()) if (!isTab(page.route)) destroyPage(page)
  const page = tabPages.get(target.route) || createPage({ route: target.route, query: {}, queryText: '' })
  tabPages.set(target.route, page)
  stack = [page]
  showPage(page)
}

function reLaunch(target) {
  for (const page of new Set([...stack, ...tabPages.values()])) destroyPage(page)
  tabPages.clear()
  const page = createPage(target)
  if (isTab(target.route)) tabPages.set(target.route, page)
  stack = [page]
  showPage(page)
}

function navigateBack(options) {
  const steps = Math.min(options.delta || 1, stack.length - 1)
  if (steps < 1) throw { errMsg: 'cannot navigate back at first page' }
  for (let step = 0; step < steps; step += 1) destroyPage(stack.pop())
  showPage(topPage())
}

export const navigationApi = {
  navigateTo: routeApi('navigateTo', navigateTo),
  redirectTo: routeApi('redirectTo', redirectTo),
  switchTab: routeApi('switchTab', switchTab),
  reLaunch: routeApi('reLaunch', reLaunch),
  navigateBack: api('navigateBack', navigateBack),
}

/** onPageScroll and onReachBottom. */
export function watchScrolling() {
  pagesBox.addEventListener('scroll', ({ target }) => {
    const page = target.__page
    if (!page) return
    page.caller.onPageScroll?.({ scrollTop: target.scrollTop })
    const left = target.scrollHeight - target.clientHeight - target.scrollTop
    const atBottom = left < (page.conf.onReachBottomDistance || 50)
    if (atBottom && !page.wasAtBottom) callPage(page, 'onReachBottom')
    page.wasAtBottom = atBottom
  }, true)
}
