const { listAll } = require('../../utils/api')
const { load } = require('../../utils/feedback')
const { dress, open, shared } = require('../../utils/page')

Page({
  ...shared,
  data: { big: false, notice: '', state: 'loading', problem: '', needsLogin: false, hospitals: [] },

  onShow() {
    dress(this)
    this.reload()
  },

  reload() {
    return load(this, async () => ({ hospitals: await listAll('/api/hospitals') }))
  },

  /** @param {any} e */
  openSlots(e) {
    const { id, name } = e.currentTarget.dataset
    open(`/pages/booking/slots?hospital=${id}&name=${encodeURIComponent(name)}`)
  },
})
