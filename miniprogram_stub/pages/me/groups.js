const { get, post } = require('../../utils/api')
const { longDay, today } = require('../../utils/days')
const { confirm, load, once, say } = require('../../utils/feedback')
const { dress, shared } = require('../../utils/page')

/** @type {Record<string, string>} */
const KINDS = { waiting: 'wait', certified: 'good', declined: 'bad' }
/** @type {Record<string, string>} */
const HINTS = {
  MATERNAL: '预产期在孕产妇保健手册上。医生核实后，会按孕产妇为您安排服务。',
  DISABLED: '填残疾人证上的 20 位证号，下次见医生时请带上证件。',
  FLOATING: '户口不在本地、已在这里居住的，可以申报。',
}
/** @type {Record<string, string>} */
const FIELDS = { MATERNAL: 'due_on', FLOATING: 'since_on', DISABLED: 'certificate' }

/** @param {any} row a Group */
const asRow = (row) => ({
  ...row,
  kind: KINDS[row.status] || '',
  until: row.status === 'certified' && row.valid_to ? longDay(row.valid_to) : '',
})

Page({
  ...shared,
  data: {
    big: false, notice: '', state: 'loading', problem: '', needsLogin: false, busy: false,
    rows: [], choices: [], telling: null, hint: '', told: '', last: '',
  },

  onShow() {
    dress(this)
    this.reload()
  },

  reload() {
    return load(this, async () => {
      const found = await get('/api/me/groups')
      return { rows: found.items.map(asRow), choices: found.declarable }
    })
  },

  /** @param {any} e */
  startTelling(e) {
    const telling = this.data.choices.find((/** @type {any} */ item) => item.code === e.currentTarget.dataset.code)
    this.setData({ telling, hint: HINTS[telling.code], told: '', last: telling.code === 'FLOATING' ? today() : '' })
  },

  stopTelling() {
    if (!this.data.busy) this.setData({ telling: null })
  },

  /** Keeps a tap on the sheet from closing it. */
  stay() {},

  /** @param {any} e of the date or of the certificate's number */
  onTold(e) {
    this.setData({ told: e.detail.value })
  },

  declare() {
    const { telling, told } = this.data
    if (!told.trim()) return say(telling.code === 'DISABLED' ? '请填写残疾人证号' : '请先选日期')
    return once(this, async () => {
      await post('/api/me/groups', { group: telling.code, [FIELDS[telling.code]]: told.trim() })
      this.setData({ telling: null })
      say('已提交，等医生核实')
      await this.reload()
    })
  },

  /** @param {any} e */
  async withdraw(e) {
    const sure = await confirm('撤回申报', '撤回后，医生就不再核实了。确定撤回吗？', '撤回')
    if (!sure) return
    await once(this, async () => {
      await post(`/api/me/groups/${e.currentTarget.dataset.id}/withdraw`)
      await this.reload()
    })
  },
})
