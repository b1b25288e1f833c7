// Checks of what people type, before it is sent: the server's words at once instead of an error later.
// 18-place numbers: GB 11643, the last place is a check digit (ISO 7064 MOD 11-2).
const { documentOf } = require('./documents')

const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
const CHECK_DIGITS = '10X98765432'
const EARLIEST_BIRTH = new Date(1875, 0, 1)
const PROVINCE = /^(1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5])/
const RESIDENCE = /^8[123]0000/
const CHINESE_NAME = /^[〇\u3400-\u9fff\uf900-\ufaff\u{20000}-\u{3ffff}](·?[〇\u3400-\u9fff\uf900-\ufaff\u{20000}-\u{3ffff}])*$/u
const LATIN_NAME = /^[A-Za-zÀ-ÖØ-öø-ɏ][A-Za-zÀ-ÖØ-öø-ɏ ,'.-]*$/

/** Full-width characters, spaces, hyphens and small letters are typing habits, not mistakes. @param {string} text */
function tidyNumber(text) {
  return text
    .replace(/[\uff01-\uff5e]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0xfee0))
    .replace(/[\s-]/g, '')
    .toUpperCase()
}

/** @param {string} number 18 places @returns {boolean} */
function hasRealBirthDate(number) {
  const [year, month, day] = [number.slice(6, 10), number.slice(10, 12), number.slice(12, 14)].map(Number)
  const born = new Date(year, month - 1, day)
  const exists = born.getFullYear() === year && born.getMonth() === month - 1 && born.getDate() === day
  return exists && born >= EARLIEST_BIRTH && born.getTime() <= Date.now()
}

/** @param {string} number 18 places @returns {boolean} */
function hasRightCheckDigit(number) {
  const sum = WEIGHTS.reduce((total, weight, place) => total + weight * Number(number[place]), 0)
  return CHECK_DIGITS[sum % 11] === number[17]
}

/** @param {string} number @param {string} code of the document @returns {string} */
function regionProblem(number, code) {
  const wrong = '证件号码开头的地区代码有误，请核对'
  if (code === '08') return RESIDENCE.test(number) ? '' : wrong
  if (code === '09') return number[0] === '9' && PROVINCE.test(number.slice(1)) ? '' : wrong
  if (RESIDENCE.test(number)) return '这是港澳台居民居住证的号码，请改选证件类型'
  if (number[0] === '9') return '这是外国人永久居留身份证的号码，请改选证件类型'
  return PROVINCE.test(number) ? '' : wrong
}

/** @param {string} number @param {import('./documents').Document} document @returns {string} */
function eighteenProblem(number, document) {
  if (number.length !== 18) return `${document.noun}应是18位，您填了${number.length}位`
  if (!/^[1-9]\d{16}[\dX]$/.test(number)) return `${document.noun}只能是数字，最后一位可以是X`
  const region = regionProblem(number, document.code)
  if (region) return region
  if (!hasRealBirthDate(number)) return '第7到14位是出生日期，请核对'
  return hasRightCheckDigit(number) ? '' : '证件号码有一位填错了，请对照证件检查'
}

/**
 * @param {string} text as typed
 * @param {string} [code] of the document, the identity card without it
 * @returns {string} what to tell the person, '' when it is right
 */
function numberProblem(text, code = '01') {
  const document = documentOf(code)
  const number = tidyNumber(text)
  if (!number) return `请填写${document.noun}`
  if (document.eighteen) return eighteenProblem(number, document)
  return document.shape && document.shape.test(number) ? '' : document.hint || ''
}

/** @param {string} text @returns {string} what to tell the person, '' when it is right */
function nameProblem(text) {
  const name = text.trim().replace(/[•‧・．]/g, '·')
  if (!name) return '请填写姓名'
  if (/[0-9０-９]/.test(name)) return '姓名里不能有数字'
  const length = Array.from(name).length
  if (length < 2) return '请填写证件上的完整姓名'
  if (length <= 50 && (CHINESE_NAME.test(name) || LATIN_NAME.test(name))) return ''
  return '姓名应为2至50个汉字（或外文字母），请按证件填写'
}

module.exports = { tidyNumber, numberProblem, nameProblem }
