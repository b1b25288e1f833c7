// wx.login and the permissions of the person who holds the phone, as they answer without a sandbox.
import { api } from './callbacks.js'
import { config } from './config.js'
import { modal, toast } from './overlays.js'

const granted = () => ({ authSetting: {} })
const anonymous = { nickName: '微信用户', avatarUrl: '', gender: 0 }

async function requestSubscribeMessage({ tmplIds = [] }) {
  let answer = config.subscribe || 'accept'
  if (answer === 'ask') {
    const { confirm } = await modal({ title: '订阅消息', content: '小程序申请发送一次通知', confirmText: '允许' })
    answer = confirm ? 'accept' : 'reject'
  }
  return Object.fromEntries(tmplIds.map((id) => [id, answer]))
}

export const accountApi = {
  login: api('login', () => ({ code: config.loginCode || `web-${Math.random().toString(36).slice(2, 10)}` })),
  checkSession: api('checkSession', () => ({})),
  getUserProfile: api('getUserProfile', () => ({ userInfo: anonymous })),
  getUserInfo: api('getUserInfo', () => ({ userInfo: anonymous })),
  authorize: api('authorize', () => ({})),
  getSetting: api('getSetting', () => ({ authSetting: {}, subscriptionsSetting: { mainSwitch: true } })),
  openSetting: api('openSetting', granted),
  getPrivacySetting: api('getPrivacySetting', () => ({ needAuthorization: false, privacyContractName: '《用户隐私保护指引》' })),
  requirePrivacyAuthorize: api('requirePrivacyAuthorize', () => ({})),
  requestSubscribeMessage: api('requestSubscribeMessage', requestSubscribeMessage),
}

/** What a tap on an open-type="contact" button does; the sandbox's page opens its chat. */
export const customerService = {
  open: () => toast('打开客服会话', '', 2500),
}

/** Answer of a getPhoneNumber button; the sandbox replaces it. */
export const phoneNumber = {
  request: async () => ({ errMsg: 'getPhoneNumber:ok', code: 'web-phone-code' }),
}
