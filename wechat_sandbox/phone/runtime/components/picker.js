// picker in its five modes.
import { config } from '../config.js'
import { pickColumns, redrawColumns } from '../picker_columns.js'
import { define, fire, formFields } from './define.js'

const SAMPLE_REGIONS = [['四川省', '绵阳市', '涪城区'], ['北京市', '北京市', '东城区'], ['上海市', '上海市', '黄浦区']]
const DATE_FIELDS = { year: 1, month: 2, day: 3 }

const twoDigits = (number) => String(number).padStart(2, '0')
const count = (length, text) => Array.from({ length }, (_, index) => text(index))

/** Each mode asks for its columns and gives the value a page receives, or null when cancelled. */
const MODES = {
  async selector({ data }) {
    const rows = await pickColumns(() => [labels(data.range, data.rangeKey)], [Number(data.value) || 0])
    return rows && rows[0]
  },

  async multiSelector(component) {
    const columns = () => (component.data.range || []).map((column) => labels(column, component.data.rangeKey))
    const initial = (component.data.value || []).map(Number)
    return pickColumns(columns, initial, (column, value) => fire(component, 'columnchange', { column, value }))
  },

  async time({ data }) {
    const [hour = 0, minute = 0] = String(data.value || '00:00').split(':').map(Number)
    const rows = await pickColumns(() => [count(24, twoDigits), count(60, twoDigits)], [hour, minute])
    return rows && rows.map(twoDigits).join(':')
  },

  async date({ data }) {
    const firstYear = Number((data.start || '1970').slice(0, 4))
    const lastYear = Number((data.end || '2100').slice(0, 4))
    const today = new Date()
    const isoToday = `${today.getFullYear()}-${twoDigits(today.getMonth() + 1)}-${twoDigits(today.getDate())}`
    const [year, month = 1, day = 1] = String(data.value || isoToday).split('-').map(Number)
    const fields = DATE_FIELDS[data.fields] || 3
    const years = count(lastYear - firstYear + 1, (index) => String(firstYear + index))
    const months = count(12, (index) => twoDigits(index + 1))
    const days = ([yearRow, monthRow]) =>
      count(new Date(firstYear + yearRow, monthRow + 1, 0).getDate(), (index) => twoDigits(index + 1))
    const columnsOf = (rows) => [years, months, days(rows)].slice(0, fields)
    const rows = await pickColumns(columnsOf, [year - firstYear, month - 1, day - 1].slice(0, fields))
    if (!rows) return null
    return [years[rows[0]], months[rows[1]], twoDigits((rows[2] ?? 0) + 1)].slice(0, fields).join('-')
  },

  async region() {
    const regions = config.regions || SAMPLE_REGIONS
    const rows = await pickColumns(() => [regions.map((region) => region.join(' '))], [0])
    return rows && regions[rows[0]]
  },
}

const labels = (range, key) => (range || []).map((item) => String(key ? item[key] : item))

export function definePicker() {
  define('picker', {
    properties: {
      mode: { type: String, value: 'selector' }, range: { type: Array, optionalTypes: [Object] }, rangeKey: String,
      value: null, start: String, end: String, fields: { type: String, value: 'day' }, disabled: Boolean, name: String,
      headerText: String, level: String, customItem: String,
    },
    init(component, element) {
      formFields.set(element, {
        get name() { return component.data.name },
        get: () => (component.data.mode === 'selector' ? Number(component.data.value || 0) : component.data.value),
        reset() {},
      })
      component.addListener('tap', async () => {
        const { disabled, mode } = component.data
        if (disabled || !MODES[mode]) return
        const value = await MODES[mode](component)
        if (value == null) {
          fire(component, 'cancel', {})
          return
        }
        component.setData({ value })
        fire(component, 'change', { value: mode === 'selector' ? String(value) : value })
      })
    },
    observers: { range() { redrawColumns() } },
  })
}
