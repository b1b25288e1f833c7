// Blood pressure as typed: only what cannot be a measurement is refused here; judging it is the server's work.

/** @param {string} text @param {number} low @param {number} high */
function isBetween(text, low, high) {
  return /^\d{2,3}$/.test(text) && Number(text) >= low && Number(text) <= high
}

/**
 * @param {string} systolic mmHg @param {string} diastolic mmHg
 * @returns {string} what is wrong, '' when it can be sent
 */
function pressureProblem(systolic, diastolic) {
  if (!systolic || !diastolic) return '请填写两个血压数值'
  if (!isBetween(systolic, 50, 300)) return '高压应在 50 到 300 之间，请核对'
  if (!isBetween(diastolic, 20, 200)) return '低压应在 20 到 200 之间，请核对'
  if (Number(diastolic) >= Number(systolic)) return '低压应小于高压，是不是填反了？'
  return ''
}

module.exports = { pressureProblem }
