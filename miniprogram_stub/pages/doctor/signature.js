const { get, post } = require('../../utils/api')
const { load, once, say } = require('../../utils/feedback')
const { dress, shared } = require('../../utils/page')
const { signing } = require('../../utils/signing')

Page({
  ...shared,
  ...signing,
  data: { big: false, notice: '', state: 'loading', problem: '', needsLogin: false, busy: false, kept: '', written: false },

  onLoad() {
    this.reload().then(() => this.prepareSignature())
  },

  onShow() {
    dress(this)
  },

  reload() {
    return load(this, async () => ({ kept: (await get('/api/doctor/signature')).signature || '' }))
  },

  submit() {
    if (!this.isSigned()) return undefined
    return once(this, async () => {
      const { signature } = await post('/api/doctor/signature', { signature: this.signature.picture() })
      this.setData({ kept: signature })
      this.clearSign()
      say('已保存，今后的协议使用这个签名')
    })
  },
})
