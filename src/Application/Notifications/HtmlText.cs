using System.Net;

namespace GoApi.Application.Notifications;

/// <summary>Plain words as HTML that shows them as they are.</summary>
internal static class HtmlText
{
    public static string Of(string text) => $"<div style=\"white-space:pre-wrap;overflow-wrap:anywhere\">{WebUtility.HtmlEncode(text)}</div>";
}
