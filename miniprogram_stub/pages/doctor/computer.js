const { get, post } = require('../../utils/api')
const { dayAndTime } = require('../../utils/days')
const { load, once, say } = require('../../utils/feedback')
const { dress, shared } = require('../../utils/page')

Page({
  ...shared,
  data: {
    big: false, notice: '', state: 'loading', problem: '', needsLogin: false, busy: false,
    code: '', wrong: '', asked: null, askedAt: '', where: null, since: '',
  },

  onShow() {
    dress(this)
    this.reload()
  },

  reload() {
    return load(this, async () => this.shown(await get('/api/doctor/desk-login')))
  },

  /** @param {any} where */
  shown(where) {
    return { where: where.since ? where : null, since: where.since ? dayAndTime(where.since) : '' }
  },

  /** @param {any} e */
  onCode(e) {
    const code = e.detail.value.replace(/\s/g, '')
    this.setData({ code: e.detail.value, wrong: '' })
    if (/^\d{8}$/.test(code)) this.look()
  },

  scan() {
    wx.scanCode({
      onlyFromCamera: true,
      scanType: ['qrCode'],
      success: (found) => {
        this.setData({ code: found.result, wrong: '' })
        this.look()
      },
      fail: () => undefined,
    })
  },

  typed() {
    return { code: this.data.code.replace(/\s/g, '') }
  },

  look() {
    if (!/^\d{8}$/.test(this.typed().code)) {
      this.setData({ wrong: '登录码是电脑上显示的8位数字' })
      return undefined
    }
    return once(this, async () => {
      try {
        const asked = await post('/api/doctor/desk-login/look', this.typed())
        this.setData({ asked, askedAt: dayAndTime(asked.asked_at) })
      } catch (/** @type {any} */ problem) {
        this.setData({ wrong: problem.title })
      }
    })
  },

  confirm() {
    return once(this, async () => {
      await post('/api/doctor/desk-login/confirm', this.typed())
      this.setData({ asked: null, code: '' })
      say('已确认，请看电脑')
      setTimeout(() => this.reload(), 3000)
    })
  },

  refuse() {
    return once(this, async () => {
      await post('/api/doctor/desk-login/refuse', this.typed())
      this.setData({ asked: null, code: '' })
      say('已拒绝，那台电脑进不来')
    })
  },

  end() {
    return once(this, async () => {
      this.setData(this.shown(await post('/api/doctor/desk-login/end')))
      say('电脑端已退出')
    })
  },
})
