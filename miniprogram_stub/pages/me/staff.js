const { post } = require('../../utils/api')
const { once, say } = require('../../utils/feedback')
const { dress, shared } = require('../../utils/page')
const session = require('../../utils/session')

Page({
  ...shared,
  data: { big: false, notice: '', busy: false, code: '', wrong: '' },

  onShow() {
    dress(this)
  },

  /** @param {any} e */
  onCode(e) {
    this.setData({ code: e.detail.value, wrong: '' })
  },

  bind() {
    const code = this.data.code.replace(/\s/g, '')
    if (!/^\d{8}$/.test(code)) {
      this.setData({ wrong: '绑定码是8位数字' })
      return undefined
    }
    return once(this, async () => {
      const me = session.remember(await post('/api/me/staff', { code }))
      wx.redirectTo({ url: '/pages/doctor/day', success: () => say(`${me.staff.name}，绑定好了`) })
    })
  },
})
