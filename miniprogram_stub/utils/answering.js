// The form of a follow-up under the fingers: answers, days and drugs; pages with `forms` and `drawn` take it with `...answering`.
const { answered } = require('./form')

/** Handlers of template "form". */
const answering = {
  /** @this {any} @param {any} e */
  onValue(e) {
    const { form, key } = e.currentTarget.dataset
    const { values, problems } = this.forms[form]
    values[key] = e.detail.value
    // The letters stay in the field as they are typed; only what a mistake hid is drawn again.
    if (problems[key]) {
      delete problems[key]
      this.setData({ parts: this.drawn() })
    }
  },

  /** @this {any} @param {any} e */
  onDay(e) {
    const { form, key } = e.currentTarget.dataset
    this.forms[form].values[key] = e.detail.value
    this.setData({ parts: this.drawn() })
  },

  /** @this {any} @param {any} e */
  pick(e) {
    const { form, key, code } = e.currentTarget.dataset
    const { fields, values } = this.forms[form]
    const field = fields.find((/** @type {any} */ one) => one.key === key)
    values[key] = answered(field, values[key], code)
    this.setData({ parts: this.drawn() })
  },

  /** @this {any} @param {any} e */
  onMedicine(e) {
    const { form, key, index, part } = e.currentTarget.dataset
    const rows = this.forms[form].values[key].map((/** @type {any} */ one) => ({ ...one }))
    rows[index][part] = e.detail.value
    this.forms[form].values[key] = rows
  },

  /** @this {any} @param {any} e */
  addMedicine(e) {
    const { form, key } = e.currentTarget.dataset
    const { values } = this.forms[form]
    values[key] = (values[key] || []).concat({ name: '', times: 1, dose: '', unit: 'mg' })
    this.setData({ parts: this.drawn() })
  },

  /** @this {any} @param {any} e */
  dropMedicine(e) {
    const { form, key, index } = e.currentTarget.dataset
    this.forms[form].values[key].splice(index, 1)
    this.setData({ parts: this.drawn() })
  },

  /** @this {any} @param {any} e */
  openAll(e) {
    const { form } = e.currentTarget.dataset
    this.forms[form].isOpen = !this.forms[form].isOpen
    this.setData({ parts: this.drawn() })
  },
}

module.exports = { answering }
