"""Why a template is refused."""

from app.core.errors import Invalid


class TemplateRefused(Invalid):
    """The template is damaged, unsafe, or says something a template may not say."""

    code = "documents.template.refused"
    message = "文书模板无法使用：{reason}。请修改模板后重新上传"


class ValuesMissing(Invalid):
    """The template asks for what was not given."""

    code = "documents.template.values_missing"
    message = "文书模板中的变量没有对应的内容：{names}。请检查变量名称，或补充相应资料"


class PdfRefused(Invalid):
    """The page cannot become a PDF."""

    code = "documents.pdf.refused"
    message = "PDF 文件生成失败，请联系系统管理员"
