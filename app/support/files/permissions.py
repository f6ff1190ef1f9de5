"""What one may do with documents."""

from app.support.identity.permissions import permission

permission("files.document.view", "查看未归入业务的内部文件")
permission("files.document.upload", "上传文件")
