// wx.* about the device and WeChat itself. What a browser cannot do is shown instead of done.
import { api } from './callbacks.js'
import { MP, config } from './config.js'
import { onError } from './errors.js'
import { modal, toast } from './overlays.js'
import { pagesBox } from './shell.js'

const nothing = () => {}
const BASE = {
  SDKVersion: '3.5.0', version: '8.0.50', language: 'zh_CN', host: { env: 'mpweb', appId: '' },
  theme: 'light', enableDebug: false, fontSizeSetting: 16,
}
const DEVICE = { brand: 'devtools', model: 'mpweb', platform: 'devtools', system: 'web', benchmarkLevel: 1, abi: 'web' }

const windowInfo = () => ({
  pixelRatio: devicePixelRatio,
  screenWidth: innerWidth,
  screenHeight: innerHeight,
  windowWidth: innerWidth,
  windowHeight: pagesBox.clientHeight,
  statusBarHeight: 0,
  screenTop: 0,
  safeArea: { left: 0, right: innerWidth, top: 0, bottom: innerHeight, width: innerWidth, height: innerHeight },
})
const systemInfo = () => ({ ...windowInfo(), ...BASE, ...DEVICE })

let clipboard = ''

async function setClipboard({ data }) {
  clipboard = data
  try {
    await navigator.clipboard.writeText(data)
  } catch {
    // no permission in a frame: the mini-program's own clipboard still works
  }
  toast('内容已复制')
}

async function makePhoneCall({ phoneNumber }) {
  const { confirm } = await modal({ title: '拨打电话', content: String(phoneNumber), confirmText: '呼叫' })
  if (!confirm) throw 'cancel'
  toast(`拨打电话 ${phoneNumber}`, '☎', 2500)
}

async function scanCode() {
  const { confirm, content } = await modal({ title: '扫码(模拟)', editable: true, placeholderText: '输入码内容' })
  if (!confirm) throw 'cancel'
  return { result: content, scanType: 'QR_CODE' }
}

/** For everything that leaves the mini-program: say where it would have gone. */
const leave = (name, text) => api(name, (options) => toast(text(options), '', 2500))

const updateManager = {
  onCheckForUpdate(listener) { listener({ hasUpdate: false }) },
  onUpdateReady: nothing, onUpdateFailed: nothing, applyUpdate: nothing,
}

const quiet = (...names) => Object.fromEntries(names.map((name) => [name, api(name, () => ({}))]))
const ignored = (...names) => Object.fromEntries(names.map((name) => [name, nothing]))

export const deviceApi = {
  getWindowInfo: windowInfo,
  getAppBaseInfo: () => BASE,
  getDeviceInfo: () => DEVICE,
  getSystemInfoSync: systemInfo,
  getSystemInfo: api('getSystemInfo', systemInfo),
  getSystemInfoAsync: api('getSystemInfoAsync', systemInfo),
  getSystemSetting: () => ({
    bluetoothEnabled: false, locationEnabled: true, wifiEnabled: true, deviceOrientation: 'portrait',
  }),
  getAppAuthorizeSetting: () => ({ notificationAuthorized: 'authorized' }),
  getMenuButtonBoundingClientRect: () => ({
    width: 87, height: 32, left: innerWidth - 95, right: innerWidth - 8, top: 6, bottom: 38,
  }),
  getAccountInfoSync: () => ({ miniProgram: { appId: config.appId, envVersion: 'develop', version: '' }, plugin: {} }),
  getUpdateManager: () => updateManager,
  getNetworkType: api('getNetworkType', () => ({ networkType: navigator.onLine ? 'wifi' : 'none' })),
  setClipboardData: api('setClipboardData', setClipboard),
  getClipboardData: api('getClipboardData', () => ({ data: clipboard })),
  makePhoneCall: api('makePhoneCall', makePhoneCall),
  scanCode: api('scanCode', scanCode),
  openCustomerServiceChat: leave('openCustomerServiceChat', () => '打开客服会话'),
  openCustomerServiceConversation: leave('openCustomerServiceConversation', () => '打开客服会话'),
  navigateToMiniProgram: leave('navigateToMiniProgram', ({ appId, path }) => `打开小程序 ${appId} ${path || ''}`),
  navigateBackMiniProgram: leave('navigateBackMiniProgram', () => '返回上一个小程序'),
  exitMiniProgram: leave('exitMiniProgram', () => '退出小程序'),
  openOfficialAccountProfile: leave('openOfficialAccountProfile', () => '打开服务号资料页'),
  openPrivacyContract: leave('openPrivacyContract', () => '打开隐私保护指引'),
  addPhoneCalendar: leave('addPhoneCalendar', ({ title }) => `放进手机日历 ${title}`),
  openLocation: leave('openLocation', ({ name, address }) => `打开地图 ${name || ''} ${address || ''}`),
  getLocation: api('getLocation', () => config.location || { latitude: 31.47, longitude: 104.68, speed: -1, accuracy: 65 }),
  chooseLocation: api('chooseLocation', () => ({ name: '模拟地点', address: '', latitude: 31.47, longitude: 104.68 })),
  requestPayment: api('requestPayment', () => { throw { errMsg: 'not supported in web host' } }),
  onError,
  onUnhandledRejection: (listener) => addEventListener('unhandledrejection', ({ reason }) => listener({ reason })),
  onWindowResize: (listener) => addEventListener('resize', () => listener({ size: windowInfo() })),
  getLogManager: () => console,
  getRealtimeLogManager: () => console,
  getPerformance: () => performance,
  createIntersectionObserver: (component, options) => component.createIntersectionObserver(options),
  ...quiet('vibrateShort', 'vibrateLong', 'showShareMenu', 'hideShareMenu', 'updateShareMenu', 'setKeepScreenOn'),
  ...ignored('reportEvent', 'reportMonitor', 'offError', 'onAppShow', 'onAppHide', 'onPageNotFound', 'onThemeChange',
    'offThemeChange', 'offWindowResize', 'onKeyboardHeightChange', 'offKeyboardHeightChange', 'onMemoryWarning',
    'onNetworkStatusChange', 'offNetworkStatusChange'),
}

/** What a share button last offered; tests look at it. */
export const rememberShare = (share) => { MP._lastShare = share }
