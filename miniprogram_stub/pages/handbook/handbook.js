const { get, openPdf } = require('../../utils/api')
const { load, once } = require('../../utils/feedback')
const { dress, call, shared } = require('../../utils/page')

/** All that belongs to the signing on one page, and the same as a file to print. */
Page({
  ...shared,
  data: { big: false, notice: '', state: 'loading', problem: '', needsLogin: false, busy: false, book: null },

  onShow() {
    dress(this)
    this.reload()
  },

  onPullDownRefresh() {
    this.reload().then(() => wx.stopPullDownRefresh())
  },

  reload() {
    return load(this, async () => ({ book: (await get('/api/handbook')).book }))
  },

  /** @param {any} e */
  dial(e) {
    call(e.currentTarget.dataset.phone)
  },

  openFile() {
    return once(this, () => openPdf(`/api/agreements/${this.data.book.agreement_id}/handbook.pdf`))
  },
})
