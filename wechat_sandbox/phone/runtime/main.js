// Puts the parts together and launches the mini-program.
import { accountApi } from './account_api.js'
import { defineButton } from './components/button.js'
import { defineChoices } from './components/choices.js'
import { defineOther } from './components/other.js'
import { definePicker } from './components/picker.js'
import { definePlainComponents } from './components/plain.js'
import { defineRichText } from './components/rich_text.js'
import { defineScrolling } from './components/scrolling.js'
import { defineTextFields } from './components/text_fields.js'
import { MP, app, builtinTags, config, firstPath, sandboxUser } from './config.js'
import { deviceApi } from './device_api.js'
import { onError, report } from './errors.js'
import { fileApi } from './files.js'
import * as gestures from './gestures.js'
import { interfaceApi } from './interface_api.js'
import { getApp, loadAll } from './modules.js'
import { networkApi } from './network.js'
import { callPage, getCurrentPages, isKnownPage, navigationApi, parseUrl, setForeground, topPage, watchScrolling } from './pages.js'
import { startRefresh } from './pull_refresh.js'
import { followClock, sandboxApi } from './sandbox_user.js'
import { createSelectorQuery, installOnComponents } from './selector_query.js'
import { storageApi } from './storage.js'
import { missing, parts, wx } from './wx_object.js'

const first = isKnownPage(parseUrl(firstPath).path) ? firstPath : app.entryPagePath || MP.meta.pages[0]
const launchOptions = {
  ...(({ path, query }) => ({ path, query }))(parseUrl(first)), scene: config.scene, referrerInfo: {}, mode: 'default',
}

Object.assign(parts,
  storageApi, navigationApi, networkApi, accountApi, interfaceApi, deviceApi, fileApi,
  {
    createSelectorQuery,
    getLaunchOptionsSync: () => launchOptions,
    getEnterOptionsSync: () => launchOptions,
    canIUse: (schema) => schema.split('.')[0] in parts || builtinTags.has(schema.split('.')[0]),
  },
  sandboxUser ? sandboxApi() : {},
  config.wx || {})

installOnComponents()
definePlainComponents()
defineButton()
defineTextFields()
defineChoices()
definePicker()
defineScrolling()
defineRichText()
defineOther()

function callApp(name, ...args) {
  try {
    getApp()[name]?.(...args)
  } catch (error) {
    report(`[app ${name}]`, error)
  }
}

async function launch() {
  if (sandboxUser) await followClock()
  loadAll()
  const { onError: appOnError } = getApp()
  if (appOnError) onError(appOnError)
  callApp('onLaunch', launchOptions)
  callApp('onShow', launchOptions)
  await wx.reLaunch({ url: `/${first}` })
  gestures.listen()
  watchScrolling()
  MP.ready = true
  dispatchEvent(new Event('mpweb:ready'))
}

let inForeground = true

/** Like leaving WeChat or coming back: pages read their data again in onShow. */
function showOrHide(visible) {
  if (!MP.ready || visible === inForeground) return
  inForeground = visible
  callApp(visible ? 'onShow' : 'onHide', launchOptions)
  setForeground(visible)
}

addEventListener('visibilitychange', () => showOrHide(!document.hidden))
// another tab of the phone covers this frame, which the browser does not call hidden
addEventListener('message', ({ origin, data }) => {
  if (origin === location.origin && data?.type === 'sandbox-visible') showOrHide(data.visible)
})

// what tests look at
Object.assign(MP, {
  wx,
  getApp,
  getCurrentPages,
  missing,
  data: () => JSON.parse(JSON.stringify(topPage()?.caller.data || {})),
  pullDown: startRefresh,
  reachBottom: () => callPage(topPage(), 'onReachBottom'),
})

launch().catch((error) => report('[launch]', error))
