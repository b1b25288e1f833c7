const { get, listAll, post } = require('../../utils/api')
const { asCard } = require('../../utils/agreements')
const { longDay } = require('../../utils/days')
const { confirm, load, once, say } = require('../../utils/feedback')
const { dress, open, shared } = require('../../utils/page')

/** @param {any} row an Agreement */
const asRow = (row) => ({ ...asCard(row), untilDay: longDay(row.opt_out_until_on) })

/** What waits for my own word: signed for me by somebody else. @param {any} row */
const isForMe = (row) => Boolean(row.signer_masked) || row.own_consent_due

Page({
  ...shared,
  data: {
    big: false, notice: '', state: 'loading', problem: '', needsLogin: false, busy: false,
    forMe: [], forOthers: [], wards: [], asking: '', consents: [], allOn: false,
  },

  onShow() {
    dress(this)
    this.reload()
  },

  reload() {
    return load(this, async () => {
      const paths = ['/api/agreements', '/api/family/agreements', '/api/family/wards']
      const [mine, others, wards] = await Promise.all(paths.map((path) => listAll(path)))
      return { forMe: mine.filter(isForMe).map(asRow), forOthers: others.map(asRow), wards: wards.map(asRow) }
    })
  },

  /** @param {any} e */
  async optOut(e) {
    const { id } = e.currentTarget.dataset
    const sure = await confirm('退出', '退出后，团队不再按这份协议为您服务。家人的协议不受影响。', '退出')
    if (!sure) return
    await once(this, async () => {
      await post(`/api/family/agreements/${id}/opt-out`)
      say('已退出')
      await this.reload()
    })
  },

  /** @param {any} e */
  goEnd(e) {
    open('/pages/ending/ending?ward=1&id=' + e.currentTarget.dataset.id)
  },

  /** @param {any} e */
  goConfirm(e) {
    open('/pages/renew/confirm?ward=1&id=' + e.currentTarget.dataset.id)
  },

  /** @param {any} e */
  async takeBack(e) {
    const { id, name } = e.currentTarget.dataset
    const sure = await confirm('不解约了', `${name} 的签约照旧，团队继续服务。`, '不解约了')
    if (!sure) return
    await once(this, async () => {
      await post(`/api/family/wards/${id}/termination/withdraw`)
      say('已撤回解约申请')
      await this.reload()
    })
  },

  /** @param {any} e */
  startConsent(e) {
    const { id } = e.currentTarget.dataset
    return once(this, async () => {
      const asked = await get(`/api/family/agreements/${id}/own-consent`)
      const consents = asked.consents.map((/** @type {any} */ item) => ({ ...item, on: false }))
      this.setData({ asking: id, consents, allOn: consents.length === 0 })
    })
  },

  /** @param {any} e */
  toggle(e) {
    const { key } = e.currentTarget.dataset
    const consents = this.data.consents.map((item) => (item.key === key ? { ...item, on: !item.on } : item))
    this.setData({ consents, allOn: consents.every((item) => item.on) })
  },

  giveConsent() {
    const { asking, consents, allOn } = this.data
    if (!allOn) return say('请把每一条都点上')
    return once(this, async () => {
      await post(`/api/family/agreements/${asking}/own-consent`, { consents: consents.map((item) => item.key) })
      this.setData({ asking: '' })
      say('已记下您的同意')
      await this.reload()
    })
  },
})
