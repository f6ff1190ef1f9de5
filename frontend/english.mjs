// The English bundles: our own texts are replaced while bundling, like form-js's are for the Chinese ones (texts.mjs).
// Every entry is [file, exact source, replacement]; a text that is not found, or one that is left over, stops the build.
import fs from 'node:fs/promises';
import path from 'node:path';

const OWN = /frontend[\\/]src[\\/].*\.jsx?$/;
const CHINESE = /[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]/;
const WRITTEN_IN_CHINESE = new Set(['form/figures.js']); // capital figures 大写 are Chinese in every language

const TEXTS = [
  ['diagram/index.js', "{ passed: '已办', current: '当前', returned: '退回', failed: '异常' }", "{ passed: 'done', current: 'here', returned: 'returned', failed: 'failed' }"],
  ['diagram/index.js', "'流程图无法显示'", "'The diagram cannot be shown'"],
  ['app/toast.js', "'关闭提示'", "'Close'"],
  ['app/frame.js', "'已复制'", "'Copied'"],
  ['app/requests.js', "'服务器响应超时，请稍后重试'", "'The server did not answer in time; try again in a moment'"],
  ['app/requests-base.js', "'网络连接中断，请检查网络后重试'", "'The connection is broken; check your network and try again'"],
  ['app/requests-base.js', "'登录已过期，请重新登录'", "'Your session has ended; sign in again'"],
  ['app/requests-base.js', "'您没有进行此操作的权限'", "'You may not do this'"],
  ['app/requests-base.js', "'内容已被他人更新，请刷新页面核对后重试'", "'Somebody else has changed this; reload the page, compare and try again'"],
  ['app/requests-base.js', "'内容超过大小限制'", "'This is larger than allowed'"],
  ['app/requests-base.js', "'操作过于频繁，请稍候再试'", "'Too many requests; wait a moment and try again'"],
  ['app/requests-base.js', "'系统暂时无法完成操作，请稍后重试'", "'This cannot be done at the moment; try again later'"],
  ['app/confirm.js', "'请确认'", "'Please confirm'"],
  ['app/confirm.js', "'确定'", "'OK'"],
  ['app/confirm.js', "'原因'", "'Reason'"],
  ['form/screen.js', '`还有 ${findings.length} 处需要填写或更正`', '`${findings.length} entries are still missing or wrong`'],
  ['form/screen.js', "'请逐项说明原因（至少 5 个字）后再提交'", "'State a reason (at least 5 characters) for each, then submit again'"],
  ['form/screen.js', "'您填写的内容已保留，网络恢复后再次点击提交即可，不会重复提交。'", "'What you entered is kept. Submit again when the network is back; nothing is submitted twice.'"],
  ['form/screen.js', "'您填写的内容已保留在本机，登录后会自动恢复。'", "'What you entered is kept on this device and comes back after you sign in.'"],
  ['form/screen.js', "'您填写的内容已保留。'", "'What you entered is kept.'"],
  ['form/screen.js', "status === 401 ? '去登录' : '刷新页面'", "status === 401 ? 'Sign in' : 'Reload the page'"],
  ['form/screen.js', '`本机有 ${clock(new Date(draft.at))} 填写、尚未保存到服务器的内容`', '`This device holds entries of ${clock(new Date(draft.at))} that were not saved to the server`'],
  ['form/screen.js', "button('恢复',", "button('Restore',"],
  ['form/screen.js', "button('不需要',", "button('Discard',"],
  ['form/amount.jsx', "{ yuan: '元', wan: '万元', percent: '%' }", "{ yuan: 'yuan', wan: '10k yuan', percent: '%' }"],
  ['form/amount.jsx', '>金额最小到分，请检查小数位数<', '>An amount goes down to the fen; check the decimals<'],
  ['form/amount.jsx', '{showYuan(fen)} 元<', '{showYuan(fen)} yuan<'],
  ['form/drafts.js', '`已保存 ${clock(this.savedAt)}`', '`Saved ${clock(this.savedAt)}`'],
  ['form/drafts.js', "'正在保存…'", "'Saving…'"],
  ['form/drafts.js', '`已暂存在本机 ${clock(new Date())}`', '`kept on this device ${clock(new Date())}`'],
  ['form/drafts.js', "'本机也无法暂存，请勿关闭页面'", "'this device cannot keep it either, do not close the page'"],
  ['form/drafts.js', '`${reason(status, body)}，${where}`', '`${reason(status, body)}; ${where}`'],
  ['form/drafts.js', "'网络不可用'", "'No network'"],
  ['form/drafts.js', "'登录已过期'", "'Your session has ended'"],
  ['form/drafts.js', "'内容已被他人更新'", "'Somebody else has changed this'"],
  ['form/drafts.js', "`未能保存草稿（${body.message.replace(/[。；，]$/, '')}）`", '`The draft was not saved (${body.message})`'],
  ['form/drafts.js', "'服务器未能保存草稿'", "'The server could not save the draft'"],
  ['form/upload.jsx', '>选择文件<', '>Choose files<'],
  ['form/upload.jsx', "isMultiple ? '或拖放到此处，可多选' : '或拖放到此处'", "isMultiple ? 'or drop them here, several at once' : 'or drop it here'"],
  ['form/upload.jsx', '`移除 ${documents[id]?.name ?? id}`', '`Remove ${documents[id]?.name ?? id}`'],
  ['form/upload.jsx', '>移除<', '>Remove<'],
  ['form/upload.jsx', '`正在上传 ${item.name}`', '`Uploading ${item.name}`'],
  ['form/upload.jsx', "item.error ? '清除' : '取消'", "item.error ? 'Clear' : 'Cancel'"],
  ['form/upload.jsx', '>没有文件<', '>No files<'],
  ['form/upload.jsx', '`文件 ${id}`', '`File ${id}`'],
  ['form/index.js', "import { Mandarin } from 'flatpickr/dist/esm/l10n/zh.js';", "import { english } from 'flatpickr/dist/esm/l10n/default.js';"],
  ['form/index.js', '...Mandarin', '...english'],
  ['form/findings.js', '`：${finding.message}`', '`: ${finding.message}`'],
  ['form/index.js', "'表单无法打开，请刷新页面重试；如仍失败请联系系统管理员'", "'The form cannot be opened; reload the page, and tell your administrator if that does not help'"],
  ['form/findings.js', "'需要修改'", "'To be corrected'"],
  ['form/findings.js', "'请说明原因后继续'", "'State a reason to go on'"],
  ['form/findings.js', "'提示'", "'Note'"],
  ['form/findings.js', "`第 ${rows.map((row) => row + 1).join('-')} 行 ${text}`", "`Row ${rows.map((row) => row + 1).join('-')} ${text}`"],
  ['form/findings.js', '`提醒：${finding.message}`', '`Warning: ${finding.message}`'],
  ['form/findings.js', '`${title}（${group.length} 项）`', '`${title} (${group.length})`'],
  ['form/findings.js', "|| '查看'", "|| 'Show'"],
  ['form/findings.js', "'请说明原因（必填，至少 5 个字）'", "'State the reason (required, at least 5 characters)'"],
  ['form/findings.js', '`说明原因：${finding.message}`', '`Reason: ${finding.message}`'],
  ['charts/index.js', '`${plain(2)(v / 1e6)} 万元`', '`${plain(2)(v / 1e6)} × 10k yuan`'],
  ['charts/index.js', '`${plain(0)(v / 1e10)} 亿`', '`${plain(1)(v / 1e11)} bn`'],
  ['charts/index.js', '`${plain(0)(v / 1e6)} 万`', '`${plain(0)(v / 1e5)}k`'],
  ['charts/index.js', '`${plain(2)(v / 100)} 元`', '`${plain(2)(v / 100)} yuan`'],
];

/** esbuild plugin for our own sources. */
export function englishTexts() {
  return {
    name: 'english-texts',
    setup(build) {
      build.onLoad({ filter: OWN }, async ({ path: file }) => {
        const name = file.split(`${path.sep}src${path.sep}`).pop().split(path.sep).join('/');
        let contents = await fs.readFile(file, 'utf8');
        const errors = [];
        for (const [, source, replacement] of TEXTS.filter(([where]) => where === name)) {
          if (!contents.includes(source)) errors.push({ text: `english.mjs: not in src/${name}: ${source}` });
          contents = contents.split(source).join(replacement);
        }
        if (!WRITTEN_IN_CHINESE.has(name)) {
          for (const line of leftOver(contents)) errors.push({ text: `english.mjs: no English for src/${name}: ${line}` });
        }
        return { contents, errors, loader: file.endsWith('x') ? 'jsx' : 'js' };
      });
    },
  };
}

/** Lines with Chinese besides comments and patterns. */
function leftOver(contents) {
  const code = contents.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '');
  return code.split('\n').filter((line) => CHINESE.test(line)).map((line) => line.trim());
}
