// Checks of what people type, before it is sent: kind words at once instead of an error later.
// Identity-card number: GB 11643-1999, 18 places, the last one a check digit modulo 11.
const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
const CHECK_DIGITS = '10X98765432'

/** Full-width digits, spaces and a small x are typing habits, not mistakes. @param {string} text */
function tidyNumber(text) {
  return text
    .replace(/[\uff10-\uff19]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0xfee0))
    .replace(/\s/g, '')
    .replace(/[xｘＸ]/g, 'X')
}

/** @param {string} number 18 places @returns {boolean} */
function hasRealBirthDate(number) {
  const [year, month, day] = [number.slice(6, 10), number.slice(10, 12), number.slice(12, 14)].map(Number)
  const born = new Date(year, month - 1, day)
  const exists = born.getFullYear() === year && born.getMonth() === month - 1 && born.getDate() === day
  return exists && year >= 1900 && born.getTime() <= Date.now()
}

/** @param {string} number 18 places @returns {boolean} */
function hasRightCheckDigit(number) {
  const sum = WEIGHTS.reduce((total, weight, place) => total + weight * Number(number[place]), 0)
  return CHECK_DIGITS[sum % 11] === number[17]
}

/** @param {string} text @returns {string} what to tell the person, '' when it is right */
function numberProblem(text) {
  const number = tidyNumber(text)
  if (!number) return '请填写身份证号'
  if (number.length !== 18) return `身份证号应是18位，您填了${number.length}位`
  if (!/^\d{17}[\dX]$/.test(number)) return '身份证号只能是数字，最后一位可以是X'
  if (!hasRealBirthDate(number)) return '第7到14位是出生日期，请核对'
  if (!hasRightCheckDigit(number)) return '身份证号有一位填错了，请对照身份证检查'
  return ''
}

/** @param {string} text @returns {string} what to tell the person, '' when it is right */
function nameProblem(text) {
  const name = text.trim()
  if (!name) return '请填写姓名'
  if (name.length < 2) return '请填写身份证上的完整姓名'
  if (/[0-9０-９]/.test(name)) return '姓名里不能有数字'
  return ''
}

module.exports = { tidyNumber, numberProblem, nameProblem }
