"""Opening a company: what stands in its books on the first morning, before anybody has signed in.

Own-company institution, roles with their permissions, departments, work calendar, parameters, risk-share schemes,
the first administrator, and the release of the analysts' folder. The demo company begins the same way.
Not for: what people do afterwards in the browser; demo people and cases (demo). Words owned: opening, first
administrator.
"""
