const { listAll, post } = require('../../utils/api')
const { load, once, say } = require('../../utils/feedback')
const { dress, open, shared } = require('../../utils/page')

const FILTERS = [
  { code: 'waiting', name: '居民申报' },
  { code: 'reassess', name: '年度复核' },
]

/** @type {Record<string, (id: string) => Promise<any>>} */
const answers = {
  certify: (id) => post(`/api/doctor/groups/${id}/certify`),
  decline: (id) => post(`/api/doctor/groups/${id}/decline`),
  reassess: (id) => post(`/api/doctor/groups/${id}/reassess`),
}

Page({
  ...shared,
  data: {
    big: false, notice: '', state: 'loading', problem: '', needsLogin: false, busy: false,
    filters: FILTERS, which: 'waiting', rows: [],
  },

  onShow() {
    dress(this)
    this.reload()
  },

  reload() {
    return load(this, async () => ({ rows: await listAll('/api/doctor/groups?which=' + this.data.which) }))
  },

  /** @param {any} e */
  filter(e) {
    this.setData({ which: e.currentTarget.dataset.code })
    return this.reload()
  },

  /** @param {any} e */
  openResident(e) {
    open('/pages/doctor/population?id=' + e.currentTarget.dataset.id)
  },

  /** @param {any} e */
  decide(e) {
    const { id, step, done } = e.currentTarget.dataset
    return once(this, async () => {
      await answers[step](id)
      say(done)
      await this.reload()
    })
  },
})
