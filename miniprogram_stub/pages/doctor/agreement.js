const { get, openPdf, post } = require('../../utils/api')
const { asCard, asSupplement } = require('../../utils/agreements')
const { load, once, say } = require('../../utils/feedback')
const { dress, shared } = require('../../utils/page')
const { personLine } = require('../../utils/people')

const KINDS = [
  { code: 'contact', name: '联系方式' },
  { code: 'package', name: '服务包' },
  { code: 'other', name: '其他约定' },
]

Page({
  ...shared,
  data: {
    big: false, notice: '', state: 'loading', problem: '', needsLogin: false, busy: false, kinds: KINDS,
    id: '', card: null, copy: null, supplements: [], packages: [], showText: false,
    writing: false, kind: 'contact', phone: '', address: '', package: '', note: '',
  },

  /** @param {any} query */
  onLoad(query) {
    this.setData({ id: query.id })
    this.reload()
  },

  onShow() {
    dress(this)
  },

  path() {
    return '/api/doctor/agreements/' + this.data.id
  },

  reload() {
    return load(this, async () => {
      const path = this.path()
      const [row, copy, { items }] = await Promise.all([get(path), get(path + '/copy'), get(path + '/supplements')])
      const team = await get('/api/teams/' + row.team.id)
      return {
        card: { ...asCard(row), person: personLine(row.resident) },
        copy,
        supplements: items.map(asSupplement),
        packages: team.packages.filter((/** @type {any} */ one) => one.id !== row.package.id),
      }
    })
  },

  toggleText() {
    this.setData({ showText: !this.data.showText })
  },

  openCopy() {
    return once(this, () => openPdf(this.path() + '/copy.pdf'))
  },

  write() {
    this.setData({ writing: !this.data.writing })
  },

  /** @param {any} e */
  pickKind(e) {
    this.setData({ kind: e.currentTarget.dataset.code })
  },

  /** @param {any} e */
  pickPackage(e) {
    this.setData({ package: e.currentTarget.dataset.id })
  },

  /** @param {any} e */
  onField(e) {
    this.setData({ [e.currentTarget.dataset.name]: e.detail.value })
  },

  propose() {
    const { kind, phone, address, note } = this.data
    /** @type {Record<string, any>} */
    const fields = {
      contact: { phone: phone.trim(), address: address.trim() },
      package: { package_id: this.data.package },
      other: { note: note.trim() },
    }
    if (!Object.values(fields[kind]).some(Boolean)) return say('请先填写要变更的内容')
    return once(this, async () => {
      await post(this.path() + '/supplements', { kind, ...fields[kind] })
      this.setData({ writing: false, phone: '', address: '', package: '', note: '' })
      say('已发给居民签字')
      await this.reload()
    })
  },

  /** @param {any} e */
  takeBack(e) {
    return once(this, async () => {
      await post(`/api/doctor/supplements/${e.currentTarget.dataset.id}/withdraw`)
      say('已撤回')
      await this.reload()
    })
  },
})
