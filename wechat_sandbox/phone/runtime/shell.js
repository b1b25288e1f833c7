// What surrounds the pages: navigation bar above, tab bar below.
import { app, tabs } from './config.js'
import { asset, make } from './dom.js'
import { wx } from './wx_object.js'

export const root = document.getElementById('mp-root')
export const pagesBox = make('div', { className: 'mp-pages' })

const title = make('span', { className: 'mp-title' })
const backButton = make('button', {
  className: 'mp-back', ariaLabel: '返回', textContent: '‹', onclick: () => wx.navigateBack(),
})
// WeChat's own capsule button; here it only shows where it would sit, pages must not put anything under it
const capsule = make('span', { className: 'mp-capsule', ariaHidden: 'true' }, make('i'), make('b'))
const navigationBar = make('div', { className: 'mp-nav' }, backButton, title, capsule)
const tabBar = make('div', { className: 'mp-tabbar' })
tabBar.setAttribute('role', 'tablist')
if (app.tabBar?.backgroundColor) tabBar.style.background = app.tabBar.backgroundColor
root.append(navigationBar, pagesBox, tabBar)

let tabBarHidden = false

const tabButtons = tabs.map((tab, index) => {
  const icon = tab.iconPath ? make('img', { src: asset(tab.iconPath), alt: '' }) : null
  const button = make('button', { onclick: () => openTab(tab, index) }, icon, make('span', { textContent: tab.text }))
  button.setAttribute('role', 'tab')
  tabBar.append(button)
  return button
})

let currentPage = () => null

/** The page stack tells how to find the top page; shell and stack would otherwise import each other. */
export const setCurrentPage = (finder) => { currentPage = finder }

function openTab(tab, index) {
  currentPage()?.caller.onTabItemTap?.({ index: String(index), pagePath: tab.pagePath, text: tab.text })
  wx.switchTab({ url: `/${tab.pagePath}` })
}

/** Shows the bars as the given page wants them. */
export function paintBars(page, depth) {
  const { conf } = page
  navigationBar.classList.toggle('mp-custom', conf.navigationStyle === 'custom')
  navigationBar.style.background = conf.navigationBarBackgroundColor || '#000'
  navigationBar.style.color = conf.navigationBarTextStyle === 'black' ? '#000' : '#fff'
  title.textContent = page.title
  document.title = page.title || 'mini-program'
  backButton.style.display = depth > 1 ? '' : 'none'
  tabBar.classList.toggle('mp-show', !tabBarHidden && tabs.some((tab) => tab.pagePath === page.route))
  tabButtons.forEach((button, index) => paintTab(button, tabs[index], tabs[index].pagePath === page.route))
}

function paintTab(button, tab, selected) {
  button.setAttribute('aria-selected', selected)
  button.style.color = selected ? app.tabBar.selectedColor : app.tabBar.color
  const icon = button.querySelector('img')
  if (icon) icon.src = asset(selected ? tab.selectedIconPath : tab.iconPath)
}

export function setTabBarHidden(hidden) { tabBarHidden = hidden }

/** Replaces the mark on a tab; without a mark it only goes away. */
export function markTab(index, className, text) {
  const button = tabButtons[index]
  if (!button) throw { errMsg: 'tabbar item not found' }
  button.querySelector(`.${className}`)?.remove()
  if (text !== undefined) button.append(make('em', { className, textContent: text }))
}
