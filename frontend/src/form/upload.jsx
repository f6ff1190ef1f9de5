// The file field: uploads at once, shows progress, and puts the list of document ids into the form value.
import { Description, Errors, FilePicker, FormContext, Label, useExpressionEvaluation } from '@bpmn-io/form-js-viewer';
import { useContext, useRef, useState } from 'preact/hooks';
import { showSize } from './figures.js';
import { sendFile } from './requests.js';

export function Upload(props) {
  const { field, domId, disabled, readonly, errors = [], onChange } = props;
  const { uploadUrl, documentUrl, documents } = useContext(FormContext).getService('uploads');
  const [pending, setPending] = useState([]);
  const isMultiple = useExpressionEvaluation(field.multiple);
  const accept = useExpressionEvaluation(field.accept);
  const input = useRef();
  const ids = useRef([]);
  ids.current = Array.isArray(props.value) ? props.value : [];
  const isFixed = disabled || readonly || !uploadUrl;

  const change = (list) => {
    ids.current = list;
    onChange({ value: list });
  };
  const update = (item, changes) => setPending((items) => items.map((i) => (i.key === item.key ? { ...i, ...changes } : i)));
  const drop = (item) => {
    item.cancel?.();
    setPending((items) => items.filter((i) => i.key !== item.key));
  };

  const send = (file) => {
    const item = { key: Symbol(file.name), name: file.name, size: file.size, share: 0, error: '' };
    const task = sendFile(uploadUrl, file, field.key, (share) => update(item, { share }));
    setPending((items) => [...items, { ...item, cancel: task.cancel }]);
    task.done.then(
      (document) => {
        documents[document.id] = document;
        setPending((items) => items.filter((i) => i.key !== item.key));
        change(isMultiple ? [...ids.current, document.id] : [document.id]);
      },
      (error) => update(item, { error: error.message }),
    );
  };
  const choose = (files) => (isMultiple ? [...files] : [...files].slice(0, 1)).forEach(send);

  return (
    <div class="fjs-form-field fjs-form-field-upload" data-upload={field.key}>
      <Label htmlFor={domId} label={field.label} required={field.validate?.required} />
      {isFixed ? null : (
        <div
          class="zd-drop"
          onDragOver={(event) => event.preventDefault()}
          onDrop={(event) => { event.preventDefault(); choose(event.dataTransfer.files); }}
        >
          <input
            ref={input} id={domId} type="file" class="visually-hidden" multiple={Boolean(isMultiple)} accept={accept || undefined}
            aria-invalid={errors.length > 0} aria-describedby={`${domId}-error-message`}
            onChange={(event) => { choose(event.target.files); event.target.value = ''; }}
          />
          <button type="button" class="btn btn-secondary btn-sm" tabIndex={-1} aria-hidden="true" onClick={() => input.current.click()}>选择文件</button>
          <span class="zd-drop-hint">{isMultiple ? '或拖放到此处，可多选' : '或拖放到此处'}</span>
        </div>
      )}
      {ids.current.length || pending.length ? (
        <ul class="zd-files">
          {ids.current.map((id) => (
            <li key={id}>
              <FileName id={id} document={documents[id]} url={documentUrl} />
              {isFixed ? null : (
                <button type="button" class="zd-file-remove" aria-label={`移除 ${documents[id]?.name ?? id}`} onClick={() => change(ids.current.filter((i) => i !== id))}>移除</button>
              )}
            </li>
          ))}
          {pending.map((item) => (
            <li key={item.key} class={item.error ? 'zd-file-failed' : ''}>
              <span class="zd-file-name">{item.name}<small>{showSize(item.size)}</small></span>
              {item.error ? <span class="zd-file-error" role="alert">{item.error}</span> : <progress value={item.share} max="1" aria-label={`正在上传 ${item.name}`} />}
              <button type="button" class="zd-file-remove" onClick={() => drop(item)}>{item.error ? '清除' : '取消'}</button>
            </li>
          ))}
        </ul>
      ) : isFixed ? <p class="zd-files-none">没有文件</p> : null}
      <Description description={field.description} />
      <Errors id={`${domId}-error-message`} errors={errors} />
    </div>
  );
}
Upload.config = {
  ...FilePicker.config,
  emptyValue: [],
  sanitizeValue: ({ value }) => (Array.isArray(value) ? value : []),
};

function FileName({ id, document, url }) {
  const name = document?.name ?? `文件 ${id}`;
  return (
    <span class="zd-file-name">
      {url ? <a href={url.replace('{id}', encodeURIComponent(id))} target="_blank" rel="noopener">{name}</a> : name}
      <small>{showSize(document?.size)}</small>
    </span>
  );
}
