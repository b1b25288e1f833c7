const { listAll } = require('../../utils/api')
const { longDay } = require('../../utils/days')
const { load } = require('../../utils/feedback')
const { call, dress, open, shared } = require('../../utils/page')

/** @param {any} row an InformedNotice */
const asCard = (row) => ({ ...row, day: longDay(row.signed_at) })

Page({
  ...shared,
  data: { big: false, notice: '', state: 'loading', problem: '', needsLogin: false, rows: [] },

  onLoad() {
    this.reload()
  },

  onShow() {
    dress(this)
  },

  reload() {
    return load(this, async () => ({ rows: (await listAll('/api/informed-notices', 2)).map(asCard) }))
  },

  /** @param {any} e */
  callTeam(e) {
    call(e.currentTarget.dataset.phone)
  },

  goSign() {
    open('/pages/teams/list')
  },
})
