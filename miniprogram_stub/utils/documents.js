// The documents a person may register himself with, in the order of the list: the identity card first.
// Codes, fields and shapes as in docs/api.md; the words are the server's own, so both say the same.

/**
 * @typedef {object} Document
 * @property {string} code of docs/api.md
 * @property {string} label in the list
 * @property {string} noun what its number is called
 * @property {string} example shown in the empty field
 * @property {boolean} eighteen 18 places with a check digit
 * @property {RegExp} [shape] of the others
 * @property {string} [hint] said when the shape does not fit
 * @property {string[]} needs what the number does not say
 */

const PERSON = ['birth_on', 'sex']
const FOREIGNER = ['birth_on', 'sex', 'nationality']

/** @type {Document[]} */
const DOCUMENTS = [
  { code: '01', label: '居民身份证', noun: '身份证号', example: '18位号码', eighteen: true, needs: [] },
  {
    code: '08', label: '港澳台居民居住证', noun: '居住证号码', example: '18位号码', eighteen: true, needs: [],
  },
  {
    code: '06', label: '港澳居民来往内地通行证', noun: '通行证号码', example: 'H或M加8位数字', eighteen: false, needs: PERSON,
    shape: /^[HM]\d{8}(\d{2})?$/, hint: '通行证号码应是H或M加8位数字，请对照通行证检查',
  },
  {
    code: '06N', label: '港澳居民来往内地通行证（非中国籍）', noun: '通行证号码', example: 'HA或MA开头，共9位', eighteen: false,
    needs: FOREIGNER, shape: /^[HM]A[A-Z0-9]{7}$/, hint: '通行证号码应是HA或MA开头，共9位，请对照通行证检查',
  },
  {
    code: '07', label: '台湾居民来往大陆通行证', noun: '通行证号码', example: '8位数字', eighteen: false, needs: PERSON,
    shape: /^(\d{8}|\d{10}[A-Z]?)$/, hint: '通行证号码应是8位数字，请对照通行证检查',
  },
  {
    code: '03C', label: '中国护照', noun: '护照号码', example: '8到9位字母和数字', eighteen: false, needs: PERSON,
    shape: /^[A-Z0-9]{8,9}$/, hint: '护照号码应是8到9位字母和数字，请对照护照检查',
  },
  {
    code: '03F', label: '外国护照', noun: '护照号码', example: '5到15位字母和数字', eighteen: false, needs: FOREIGNER,
    shape: /^[A-Z0-9]{5,15}$/, hint: '护照号码应是5到15位字母和数字，请对照护照检查',
  },
  {
    code: '09', label: '外国人永久居留身份证', noun: '永久居留身份证号码', example: '9开头的18位号码', eighteen: true, needs: [],
  },
]

/** @param {string} code @returns {Document} */
const documentOf = (code) => DOCUMENTS.find((item) => item.code === code) || DOCUMENTS[0]

module.exports = { DOCUMENTS, documentOf }
