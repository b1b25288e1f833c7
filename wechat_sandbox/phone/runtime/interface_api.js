// wx.* that shows something: toasts, dialogs, bars, scrolling.
import { api } from './callbacks.js'
import { actionSheet, hideLoading, hideToast, modal, showLoading, toast } from './overlays.js'
import { paint, topPage } from './pages.js'
import { startRefresh, stopRefresh } from './pull_refresh.js'
import { markTab, setTabBarHidden } from './shell.js'

const TOAST_ICONS = { success: '✓', error: '✕', loading: '◌', none: '' }
const nothing = () => ({})

function showToast({ title, icon = 'success', image, duration }) {
  toast(title, image ? '▣' : TOAST_ICONS[icon] || '', duration || 1500)
}

function setTitle({ title }) {
  topPage().title = title
  paint()
}

function setColor({ backgroundColor, frontColor }) {
  Object.assign(topPage().conf, {
    navigationBarBackgroundColor: backgroundColor,
    navigationBarTextStyle: /^#0{6}$/.test(frontColor) ? 'black' : 'white',
  })
  paint()
}

function showTabBar(visible) {
  setTabBarHidden(!visible)
  paint()
}

function pageScrollTo({ selector, scrollTop = 0, offsetTop = 0, duration }) {
  const page = topPage().element
  const top = selector ? page.querySelector(selector)?.offsetTop ?? 0 : scrollTop
  page.scrollTo({ top: top + offsetTop, behavior: duration === 0 ? 'auto' : 'smooth' })
}

export const interfaceApi = {
  showToast: api('showToast', showToast),
  hideToast: api('hideToast', hideToast),
  showLoading: api('showLoading', ({ title }) => showLoading(title)),
  hideLoading: api('hideLoading', hideLoading),
  showModal: api('showModal', modal),
  showActionSheet: api('showActionSheet', actionSheet),
  setNavigationBarTitle: api('setNavigationBarTitle', setTitle),
  setNavigationBarColor: api('setNavigationBarColor', setColor),
  showNavigationBarLoading: api('showNavigationBarLoading', nothing),
  hideNavigationBarLoading: api('hideNavigationBarLoading', nothing),
  setTabBarBadge: api('setTabBarBadge', ({ index, text }) => markTab(index, 'mp-badge', text)),
  removeTabBarBadge: api('removeTabBarBadge', ({ index }) => markTab(index, 'mp-badge')),
  showTabBarRedDot: api('showTabBarRedDot', ({ index }) => markTab(index, 'mp-dot', '')),
  hideTabBarRedDot: api('hideTabBarRedDot', ({ index }) => markTab(index, 'mp-dot')),
  hideTabBar: api('hideTabBar', () => showTabBar(false)),
  showTabBar: api('showTabBar', () => showTabBar(true)),
  startPullDownRefresh: api('startPullDownRefresh', startRefresh),
  stopPullDownRefresh: api('stopPullDownRefresh', stopRefresh),
  pageScrollTo: api('pageScrollTo', pageScrollTo),
  hideKeyboard: api('hideKeyboard', () => document.activeElement?.blur()),
  loadFontFace: api('loadFontFace', nothing),
  nextTick: (work) => Promise.resolve().then(work),
}
