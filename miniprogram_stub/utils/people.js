// A resident in one line, as doctors read it.

/** @param {any} resident @returns {string} 张** 男 72岁 */
function personLine(resident) {
  return [resident.name_masked, resident.sex_label, resident.age ? resident.age + '岁' : ''].filter(Boolean).join(' ')
}

module.exports = { personLine }
