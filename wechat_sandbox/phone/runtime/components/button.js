// button with its form and open types.
import { customerService, phoneNumber } from '../account_api.js'
import { rememberShare } from '../device_api.js'
import { pickFiles, temporaryFile } from '../files.js'
import { toast } from '../overlays.js'
import { topPage } from '../pages.js'
import { define, fire, mirror } from './define.js'

async function share(component) {
  const shared = await topPage().caller.onShareAppMessage?.({ from: 'button', target: component })
  rememberShare(shared)
  toast(`分享:${shared?.title || ''}`)
}

async function chooseAvatar(component) {
  try {
    const [file] = await pickFiles('image/*', false)
    fire(component, 'chooseavatar', { avatarUrl: temporaryFile(file) })
  } catch {
    // closed without choosing: WeChat fires nothing either
  }
}

const OPEN_TYPES = {
  share,
  chooseAvatar,
  getPhoneNumber: async (component) => fire(component, 'getphonenumber', await phoneNumber.request()),
  getRealtimePhoneNumber: async (component) => fire(component, 'getrealtimephonenumber', await phoneNumber.request()),
  getUserInfo: (component) => fire(component, 'getuserinfo', { userInfo: { nickName: '微信用户' } }),
  openSetting: (component) => fire(component, 'opensetting', { authSetting: {} }),
  agreePrivacyAuthorization: (component) => fire(component, 'agreeprivacyauthorization', {}),
  contact: (component) => customerService.open({ sessionFrom: component.data.sessionFrom }),
}

export function defineButton() {
  define('button', {
    properties: {
      type: String, size: String, plain: Boolean, disabled: Boolean, loading: Boolean, formType: String,
      openType: String, hoverClass: String, name: String, appParameter: String,
      sessionFrom: String, sendMessageTitle: String, sendMessagePath: String, sendMessageImg: String, showMessageCard: Boolean,
    },
    init(component, element) {
      element.setAttribute('role', 'button')
      component.addListener('tap', () => {
        const { disabled, formType, openType } = component.data
        if (disabled) return
        if (formType) element.closest('wx-form')?.__form(formType, component)
        OPEN_TYPES[openType]?.(component)
      })
    },
    observers: mirror('type', 'size', 'plain', 'disabled', 'loading'),
  })
}
