// form-js has no translation service: its texts are replaced while bundling.
// Every entry is [exact source, replacement, how often it must occur]; anything else stops the build,
// so that an update of form-js cannot bring English texts back unnoticed.
import fs from 'node:fs/promises';

const FORM_JS = /form-js-viewer[\\/]dist[\\/]index\.es\.js$/;

const CHINESE = [
  // validation
  ["'Field is required.'", "'此项必填'", 1],
  ["'Value is not a number.'", "'请填写数字'", 1],
  [
    "'Value is expected to ' + (decimalDigits === 0 ? 'be an integer' : `have at most ${decimalDigits} decimal digit${decimalDigits > 1 ? 's' : ''}`) + '.'",
    "(decimalDigits === 0 ? '请填写整数' : `最多保留 ${decimalDigits} 位小数`)",
    1,
  ],
  [
    '`Please select a valid value, the two nearest valid values are ${previousValue} and ${nextValue}.`',
    '`请填写有效值，最接近的是 ${previousValue} 和 ${nextValue}`',
    1,
  ],
  ['`Field must match pattern ${validation.pattern}.`', "'格式不正确，请检查后重新填写'", 1],
  ['`Field must have minimum value of ${validation.min}.`', '`不能小于 ${validation.min}`', 1],
  ['`Field must have maximum value of ${validation.max}.`', '`不能大于 ${validation.max}`', 1],
  ["'Min validation value is not a valid number.'", "'表单设置有误：最小值不是数字'", 1],
  ["'Max validation value is not a valid number.'", "'表单设置有误：最大值不是数字'", 1],
  ['`Field must have minimum length of ${validation.minLength}.`', '`至少填写 ${validation.minLength} 个字`', 1],
  ['`Field must have maximum length of ${validation.maxLength}.`', '`最多填写 ${validation.maxLength} 个字`', 1],
  ["'Field must be a valid  international phone number. (e.g. +4930664040900)'", "'请填写带国际区号的电话号码，例如 +8613800000000'", 1],
  ["'Field must be a valid email.'", "'请填写有效的电子邮箱'", 1],
  ["'Date and time must both be entered.'", "'日期和时间都要填写'", 1],
  // selects, tags, lists
  ["emptyListMessage = 'No results'", "emptyListMessage = '没有匹配的选项'", 1],
  ["hasOptionsLeft ? 'No results' : 'All values selected'", "hasOptionsLeft ? '没有匹配的选项' : '已全部选择'", 1],
  ["children: valueLabel || 'Select'", "children: valueLabel || '请选择'", 1],
  ["placeholder: 'Search',", "placeholder: '请选择',", 1],
  ["placeholder: disabled || readonly ? undefined : 'Search'", "placeholder: disabled || readonly ? undefined : '请选择'", 1],
  ['label: "Skip to search"', 'label: "跳到搜索"', 1],
  ['title: "Remove tag"', 'title: "移除"', 1],
  ["'No options source defined in the form definition'", "'表单没有设置选项来源'", 1],
  ["'Add new'", "'添加一行'", 1],
  ['`Expand all (${values.length - 1})`', '`全部展开（共 ${values.length} 行）`', 1],
  ["'Collapse'", "'收起'", 1],
  ['`Remove list item ${itemIndex + 1}`', '`删除第 ${itemIndex + 1} 行`', 1],
  // tables
  ["? 'Nothing to show.'", "? '没有内容'", 1],
  ['children: "Nothing to show."', 'children: "没有内容"', 1],
  ['children: [currentPage + 1, " of ", chunkedData.length]', 'children: [currentPage + 1, " / ", chunkedData.length]', 1],
  ['"aria-label": "Previous page"', '"aria-label": "上一页"', 1],
  ['"aria-label": "Next page"', '"aria-label": "下一页"', 1],
  ['`Click to sort by ${label} descending`', '`按${label}降序排列`', 1],
  ["'Click to remove sorting'", "'取消排序'", 1],
  ['`Click to sort by ${label} ascending`', '`按${label}升序排列`', 1],
  // numbers, files, media
  ['"aria-label": "Increment"', '"aria-label": "增加"', 1],
  ['"aria-label": "Decrement"', '"aria-label": "减少"', 1],
  ['children: "Browse"', 'children: "选择文件"', 1],
  ["'No files selected'", "'未选择文件'", 1],
  ['`${files.length} files selected`', '`已选择 ${files.length} 个文件`', 1],
  ['text: "No content to show."', 'text: "没有内容"', 1],
  ['"External content couldn\'t be loaded."', '"外部内容无法显示"', 1],
  ['alt: "This is an image placeholder"', 'alt: "图片占位"', 1],
  ["'Document reference is not defined.'", "'没有设置文件来源'", 1],
  ["['Unable to download document']", "['文件无法下载']", 1],
  ["errorMessage = 'Unable to download document'", "errorMessage = '文件无法下载'", 1],
  ['`Download ${fileName}`', '`下载 ${fileName}`', 1],
  ['title: "Powered by bpmn.io"', 'title: "由 bpmn.io 提供"', 1],
  ['"Web-based tooling for BPMN, DMN, and forms powered by"', '"BPMN、DMN 与表单的网页工具，由"', 1],
  ['children: "bpmn.io"\n        }), "."]', 'children: "bpmn.io"\n        }), " 提供"]', 1],
  ["placeholder: getLocaleReadableDateFormat()", "placeholder: '年-月-日'", 1],
  ["use24h ? 'hh:mm' : 'hh:mm --'", "'时:分'", 1],
];

const ENGLISH = [
  ["placeholder: getLocaleReadableDateFormat()", "placeholder: 'yyyy-mm-dd'", 1],
  ["use24h ? 'hh:mm' : 'hh:mm --'", "'hh:mm'", 1],
];

const IN_EVERY_LANGUAGE = [
  // days are written 2026-11-24 in every browser, whatever its language
  ["function getLocaleDateFormat(locale = 'default')", "function getLocaleDateFormat(locale = 'sv-SE')", 1],
  ["'01/01/1900'", "'1900-01-01'", 1],
  // a comma is a thousands mark here, never a decimal point
  ["stringValue = stringValue.replaceAll(',', '.')", "stringValue = stringValue.replace(/[,，\\s]/g, '')", 1],
  ["(key === '.' || key === ',')", "key === '.'", 1],
];

/** esbuild plugin; fails the build when a text is not found as often as expected. */
export function formTexts(language) {
  const texts = [...(language === 'en' ? ENGLISH : CHINESE), ...IN_EVERY_LANGUAGE];
  return {
    name: 'form-texts',
    setup(build) {
      build.onLoad({ filter: FORM_JS }, async ({ path }) => {
        let contents = await fs.readFile(path, 'utf8');
        const errors = [];
        for (const [source, replacement, expected] of texts) {
          const found = contents.split(source).length - 1;
          if (found !== expected) errors.push({ text: `form-js text found ${found} times, expected ${expected}: ${source}` });
          contents = contents.split(source).join(replacement);
        }
        return { contents, errors, loader: 'js' };
      });
    },
  };
}
