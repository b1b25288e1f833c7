const { listAll } = require('../../utils/api')
const { load } = require('../../utils/feedback')
const { dress, open, shared } = require('../../utils/page')

/** @type {Record<string, string>} the state's levels of hospitals */
const LEVELS = { 1: '一级医院', 2: '二级医院', 3: '三级医院' }

/** @param {any} hospital */
const asCard = (hospital) => ({ ...hospital, levelName: LEVELS[hospital.level] || hospital.level || '' })

Page({
  ...shared,
  data: { big: false, notice: '', state: 'loading', problem: '', needsLogin: false, hospitals: [] },

  onShow() {
    dress(this)
    this.reload()
  },

  reload() {
    return load(this, async () => ({ hospitals: (await listAll('/api/hospitals')).map(asCard) }))
  },

  /** @param {any} e */
  openSlots(e) {
    const { id, name } = e.currentTarget.dataset
    open(`/pages/booking/slots?hospital=${id}&name=${encodeURIComponent(name)}`)
  },
})
