"""The reference space: template maps and atlas."""
