"""Why a file is refused."""

from app.core.errors import Invalid, NotFound, Unavailable


class DocumentMissing(NotFound):
    """No such document, or not this person's to see: the answer is the same."""

    code = "files.document.missing"
    message = "没有找到这份文件，可能已被移动，或您无权查看"


class FileRefused(Invalid):
    """Parent of everything that is wrong with an uploaded file."""

    code = "files.upload.refused"
    message = "文件无法接收，请检查后重新上传"


class NoFile(FileRefused):
    """The request carries no file."""

    code = "files.upload.no_file"
    message = "没有收到文件，请选择文件后再上传"


class FileEmpty(FileRefused):
    """Zero bytes."""

    code = "files.upload.empty"
    message = "文件“{name}”是空的，请检查后重新上传"


class FileTooLarge(FileRefused):
    """Larger than the platform takes."""

    code = "files.upload.too_large"
    status = 413
    message = "文件超过 {limit_mb} MB 的大小限制，请压缩或拆分后再上传"


class TypeNotAllowed(FileRefused):
    """The extension is not on the list."""

    code = "files.upload.type_not_allowed"
    status = 415
    message = (
        "不支持“{extension}”类型的文件，请上传 PDF、Word(docx)、Excel(xlsx)、OFD、图片(png/jpg)、zip、txt 或 csv"
    )


class TypeMismatch(FileRefused):
    """The content is not what the extension says."""

    code = "files.upload.type_mismatch"
    status = 415
    message = "文件“{name}”的内容与扩展名“{extension}”不符，请确认文件没有损坏，并以正确的格式重新保存后上传"


class ArchiveRefused(FileRefused):
    """A zip container (also docx, xlsx, ofd) holds something dangerous; ``reason`` says what."""

    code = "files.upload.archive_refused"
    message = "文件“{name}”未通过安全检查：{reason}"


class StoreUnavailable(Unavailable):
    """The store cannot be written or read now."""

    code = "files.store.unavailable"
    message = "文件存储暂时不可用，请稍后重试；如仍失败请联系系统管理员"
