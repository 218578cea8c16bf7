using GoApi.Domain.Kernel;

namespace GoApi.Domain.Notifications;

public static class TemplateErrors
{
    public static Error NotFound { get; } = Error.NotFound("The template");

    public static Error NotOverridden { get; } = Error.Conflict("This template is the system's own, and nobody has written another in its place.");

    public static Error CategoryIsFixed(string category) => Error.Invalid("category", $"This template of the system belongs to the category {category}.");
}
