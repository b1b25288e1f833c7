const { post } = require('../../utils/api')
const { today } = require('../../utils/days')
const { once, say } = require('../../utils/feedback')
const { clientId, dress, shared } = require('../../utils/page')
const { momentOf } = require('../../utils/referrals')

Page({
  ...shared,
  data: {
    big: false, notice: '', busy: false, id: '', hospital: '', day: '', time: '', lastDay: '', diagnosis: '', caller: '', phone: '', wrong: '',
  },

  onLoad() {
    this.setData({ id: clientId(), day: today(), lastDay: today() })
  },

  onShow() {
    dress(this)
  },

  /** @param {any} e */
  onField(e) {
    this.setData({ [e.currentTarget.dataset.field]: e.detail.value, wrong: '' })
  },

  async submit() {
    const { id, hospital, day, time, diagnosis, caller, phone } = this.data
    if (![hospital, time, diagnosis, caller, phone].every((text) => text.trim())) {
      this.setData({ wrong: '每一项都要填写' })
      say('每一项都要填写')
      return
    }
    await once(this, async () => {
      const row = await post('/api/referrals/emergencies', {
        client_id: id,
        hospital_name: hospital.trim(),
        admitted_at: momentOf(day, time),
        diagnosis: diagnosis.trim(),
        caller: caller.trim(),
        caller_phone: phone.trim(),
      })
      wx.redirectTo({ url: '/pages/referral/referral?id=' + row.id })
    })
  },
})
